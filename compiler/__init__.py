"""From a model file to Verilog: reader, lowering, integer graph, passes, plan, emission."""
