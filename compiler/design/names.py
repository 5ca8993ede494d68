"""Which names the top module and its ports cannot have."""

from collections.abc import Iterable

from binloom.compiler.errors import InputError
from binloom.compiler.ir.names import is_identifier

CLOCKS = frozenset({"clk", "rst"})

# What a port cannot be called, since the component behind the top module has attributes of these names.
ATTRIBUTES = frozenset({"elaborate", "metadata", "netlist", "port", "signature"})


def check_names(module: str, streams: Iterable[str], ports: Iterable[str]) -> None:
    """InputError where the top module cannot have such streams inside and such ports."""
    ports, streams = list(ports), list(streams)
    for name in (module, *streams, *ports):
        if not is_identifier(name) or name.startswith("_"):
            raise InputError(f"{name!r} is not an identifier that Verilog and Amaranth leave free", "rename the layer")
    for name in ports:
        if name in ATTRIBUTES:
            raise InputError(f"a port cannot be called {name!r}, which has a meaning of its own", "rename the layer")
    seen = set(CLOCKS)
    for name in (*streams, *ports):
        for signal in (name, f"{name}_payload", f"{name}_valid", f"{name}_ready"):
            if signal in seen:
                raise InputError(f"two things in the top module would both be {signal!r}", "rename the layer")
            seen.add(signal)
