"""The host's side of a board: what a program calls to have images classified."""
