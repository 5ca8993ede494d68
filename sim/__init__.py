"""The proof: golden runs, Amaranth's simulator, Verilator, cocotb, and the comparison between them."""
