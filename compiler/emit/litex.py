"""`NAME_litex.py`: the build as a module of LiteX, with stream endpoints."""

from collections.abc import Mapping

from binloom.compiler.emit.ports import Port, Ports

NOTES = (
    "    A lane is a whole number of bytes, lane 0 in the low ones; a source's spare bits are its sign. `last` of a",
    "    source is high on the last beat of each frame; that of a sink is not looked at. A `platform` gets the",
    "    Verilog files.",
)


def write_litex(ports: Ports, manifest: Mapping, top: str, files: list[str]) -> str:
    """`ports` are those of the AXI4-Stream module `top`, which is in the last of `files`."""
    name = manifest["name"]
    sinks = {port.name: "sink" if len(ports.inputs) == 1 else f"sink_{port.name}" for port in ports.inputs}
    sources = {port.name: "source" if len(ports.outputs) == 1 else f"source_{port.name}" for port in ports.outputs}
    ends = [(sinks[port.name], port) for port in ports.inputs]
    ends += [("load", ports.load)] if ports.load else []
    results = [(sources[port.name], port) for port in ports.outputs]
    return "\n".join(
        [
            f'"""LiteX module of the network {name}, made by binloom {manifest["binloom"]}."""',
            "",
            "from pathlib import Path",
            "",
            "from litex.gen import LiteXModule",
            "from litex.soc.interconnect import stream",
            "from migen import ClockSignal, Instance, ResetSignal",
            "",
            f"FILES = {files!r}".replace("'", '"'),
            "",
            "",
            f"class {class_name(name)}(LiteXModule):",
            f'    """{name} in the clock domain `sys`.',
            "",
            *(f"    {end}: {_describe(port)}" for end, port in (*ends, *results)),
            "",
            *NOTES,
            '    """',
            "",
            "    def __init__(self, platform=None):",
            *(f'        self.{end} = stream.Endpoint([("data", {port.width})])' for end, port in (*ends, *results)),
            "        self.specials += Instance(",
            f'            "{top}",',
            f'            i_{ports.clock}=ClockSignal("sys"),',
            f'            i_{ports.reset}=~ResetSignal("sys"),',
            *(line for end, port in ends for line in _pins(end, port, "i", "o")),
            *(line for end, port in results for line in _pins(end, port, "o", "i")),
            "        )",
            "        if platform is not None:",
            "            for file in FILES:",
            "                platform.add_source(str(Path(__file__).with_name(file)))",
            "",
        ]
    )


def class_name(name: str) -> str:
    """`mnist_tiny` as `MnistTiny`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _describe(port: Port) -> str:
    map = port.map
    many = "words of a load" if port.name == "load" else f"{map.height} x {map.width} x {map.channels} of {map.element}"
    return f"{many}, {map.lanes} lanes of {port.lane_width} bits, {map.beats} beats"


def _pins(end: str, port: Port, forward: str, back: str) -> list[str]:
    return [
        f"            {forward}_{port.payload}=self.{end}.data,",
        f"            {forward}_{port.valid}=self.{end}.valid,",
        f"            {back}_{port.ready}=self.{end}.ready,",
        f"            {forward}_{port.last}=self.{end}.last,",
    ]
