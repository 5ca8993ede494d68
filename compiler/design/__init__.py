"""What a graph is in hardware: the fold and the blocks of each op, the FIFOs between them, and their timing."""

import re
import warnings

from amaranth.hdl import UnusedElaboratable

import binloom.compiler
import binloom.hw

# Planning asks many blocks for their figures, of which few become hardware; Amaranth would warn of each other one.
_ROOMS = "|".join(re.escape(path) for room in (binloom.compiler, binloom.hw) for path in room.__path__)
warnings.filterwarnings("ignore", category=UnusedElaboratable, module=f"({_ROOMS})/")
