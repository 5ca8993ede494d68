"""Hardware blocks: streaming components of a network, each with its NumPy model beside it."""
