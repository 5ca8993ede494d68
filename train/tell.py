"""How a training says how far it is."""

from collections.abc import Callable

Tell = Callable[[str, int, int], None]  # takes the name of a step, how much of it is done, and of how much
