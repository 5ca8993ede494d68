"""The compute array: every convolution and dense layer, and how its dot products are made."""
