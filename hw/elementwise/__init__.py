"""Blocks that make one element of one element."""
