"""A driver in C for a board: protocol and example as they are, and the sizes and names of one build."""
