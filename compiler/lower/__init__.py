"""Lowering: the layer graph of a file becomes a real graph of ops, one table entry a layer class."""

from binloom.compiler.lower.builder import LowerOptions, Refusal
from binloom.compiler.lower.lower import lower
from binloom.compiler.lower.summary import LayerSummary, summarise, support

__all__ = ["LayerSummary", "LowerOptions", "Refusal", "lower", "summarise", "support"]
