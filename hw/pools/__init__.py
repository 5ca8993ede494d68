"""Pools: one value of each window, in several circuits of which the cheapest fits."""
