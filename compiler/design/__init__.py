"""What a graph is in hardware: the fold and the blocks of each op, the FIFOs between them, and their timing."""
