"""What holds for every test: hypothesis looks at the same examples each time, and takes as long as it takes."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
