"""From a design to files: Verilog, manifest, test vectors."""
