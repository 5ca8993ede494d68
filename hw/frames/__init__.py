"""Blocks that see a whole frame before they change a pixel of it."""
