"""Names of layers made into names of nodes: Verilog identifiers that are nobody's keyword."""

import re

from binloom.compiler.ir.names import KEYWORDS

# Ports that every module has.
TAKEN = frozenset({"clk", "rst"})


def identifier(name: str) -> str:
    """`outer/conv 1` becomes `outer_conv_1`; a leading digit and a reserved word are made harmless."""
    text = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "layer"
    if text[0].isdigit():
        text = f"n{text}"
    return f"{text}_layer" if text.lower() in KEYWORDS | TAKEN else text
