"""Names of layers made into names of nodes: Verilog identifiers that are nobody's keyword and that no tool cuts off."""

import hashlib
import re

from binloom.compiler.ir.names import KEYWORDS

# Ports that every module has.
TAKEN = frozenset({"clk", "rst"})

# Verilator replaces names past 127 characters by others, and puts module and wire into one.
LONGEST = 48


def identifier(name: str) -> str:
    """`outer/conv 1` becomes `outer_conv_1`; a leading digit and a reserved word are made harmless.

    What is too long ends in a hash of the whole name instead.
    """
    text = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "layer"
    if text[0].isdigit():
        text = f"n{text}"
    if len(text) > LONGEST:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        text = f"{text[: LONGEST - 9].rstrip('_')}_{mark}"
    return f"{text}_layer" if text.lower() in KEYWORDS | TAKEN else text
