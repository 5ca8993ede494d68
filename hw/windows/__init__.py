"""Windows over a frame: where they lie, and the circuits that bring them together."""
