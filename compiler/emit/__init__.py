"""From the integer graph and a plan to files: blocks, Verilog, manifest, test vectors."""
