"""Which module of a build's Verilog, and which part of its netlist, belongs to which op."""

import re
from collections.abc import Callable, Mapping, Sequence

MODULE = re.compile(r"^module (\w+) .*?^endmodule$", re.MULTILINE | re.DOTALL)
INSTANCE = re.compile(r"^  (\w+)  (\w+) \($", re.MULTILINE)
PART = re.compile(r"(?P<of>\w+?)_(fifo\d*|fork|cut)")
INNER = "network"  # what the top holds where its ports are AXI's


def modules_by_op(
    verilog: str, manifest: Mapping, top: str = "", path: Sequence[str] = ()
) -> dict[str, tuple[str, ...]]:
    """For each op that has hardware the modules of its blocks, and of the FIFOs, cuts and forks at its streams.

    The network is what these instances lead to from the module `top`; without one the Verilog is a build's own.
    """
    inside = {found[1]: dict(map(reversed, INSTANCE.findall(found[0]))) for found in MODULE.finditer(verilog)}
    if not top:
        top, path = manifest["name"], (INNER,) if manifest["ports"]["style"] == "axi" else ()
    parts = inside[top]
    for instance in path:
        parts = inside[parts[instance]]
    owner = owners(manifest)
    found: dict[str, list[str]] = {}
    for instance, module in parts.items():
        found.setdefault(owner(instance), []).append(module)
    return {op["name"]: tuple(found[op["name"]]) for op in manifest["ops"] if op["name"] in found}


def owners(manifest: Mapping) -> Callable[[str], str]:
    """What gives the op that a part of the network belongs to; a part of none is its own."""
    known = {op["name"]: op["name"] for op in manifest["ops"]}
    known |= {block["name"]: op["name"] for op in manifest["ops"] for block in op["blocks"]}

    def owner(part: str) -> str:
        if part in known:
            return known[part]
        found = PART.fullmatch(part)
        return known.get(found["of"], part) if found else part

    return owner
