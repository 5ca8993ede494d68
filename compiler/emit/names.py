"""Names that Verilog, and the ports of the top module, cannot have."""

from collections.abc import Iterable

from binloom.compiler.errors import InputError
from binloom.compiler.ir.names import is_identifier

# Names in use in the top module, or by the component that it is made from.
RESERVED = frozenset(
    {"clk", "rst", "aclk", "aresetn", "elaborate", "metadata", "netlist", "network", "port", "signature"}
)


def check_names(module: str, names: Iterable[str]) -> None:
    """InputError for a name that is a keyword or in use; `names` are those of streams, `module` that of the top."""
    names = list(names)
    seen: set[str] = set()
    for name in [module, *names]:
        if not is_identifier(name):
            raise InputError(f"{name!r} is not an identifier that Verilog leaves free", "rename the layer")
        if name in RESERVED:
            raise InputError(f"{name!r} has a meaning of its own in the top module", "rename the layer")
    for name in names:
        for signal in (name, f"{name}_payload", f"{name}_valid", f"{name}_ready"):
            if signal in seen:
                raise InputError(f"two signals of the top module would both be {signal!r}", "rename a layer")
            seen.add(signal)
