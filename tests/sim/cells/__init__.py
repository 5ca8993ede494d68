"""The models of cells that simulate a netlist: against a second description, and under what yosys makes of memories."""
