"""Which module of a build's Verilog belongs to which op."""

import re
from collections.abc import Mapping

MODULE = re.compile(r"^module (\w+) .*?^endmodule$", re.MULTILINE | re.DOTALL)
INSTANCE = re.compile(r"^  (\w+)  (\w+) \($", re.MULTILINE)
PART = re.compile(r"(?P<of>\w+?)_(fifo\d*|fork|cut)")
INNER = "network"  # what the top holds where its ports are AXI's


def modules_by_op(verilog: str, manifest: Mapping) -> dict[str, tuple[str, ...]]:
    """For each op that has hardware the modules of its blocks, and of the FIFOs, cuts and forks at its streams."""
    inside = {found[1]: dict(map(reversed, INSTANCE.findall(found[0]))) for found in MODULE.finditer(verilog)}
    parts = inside[manifest["name"]]
    if manifest["ports"]["style"] == "axi":
        parts = inside[parts[INNER]]
    owners = {op["name"]: op["name"] for op in manifest["ops"]}
    owners |= {block["name"]: op["name"] for op in manifest["ops"] for block in op["blocks"]}
    found: dict[str, list[str]] = {}
    for instance, module in parts.items():
        part = PART.fullmatch(instance)
        owner = owners[instance] if instance in owners else owners[part["of"]] if part else instance
        found.setdefault(owner, []).append(module)
    return {op["name"]: tuple(found[op["name"]]) for op in manifest["ops"] if op["name"] in found}
