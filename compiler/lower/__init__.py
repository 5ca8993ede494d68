"""Lowering: the layer graph of a file becomes a real graph of ops, one table entry a layer class."""
