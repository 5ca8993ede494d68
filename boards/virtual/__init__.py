"""The virtual board: a board's own design under Verilator, behind a pseudo-terminal."""
