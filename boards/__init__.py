"""Boards: what is around a network on each of them, and the bitstream that comes of it."""
