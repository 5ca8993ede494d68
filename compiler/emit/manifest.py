"""`manifest.json`: what a build is, for people and for the programs that drive it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from binloom.compiler.design.design import Design, units_of
from binloom.compiler.design.fifo import least_depths
from binloom.compiler.design.timing import Timing, cycles_of, predict
from binloom.compiler.emit.load import loads
from binloom.compiler.emit.ports import Port, Ports
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Conv, Dense, OvsfConv
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.element import Element
from binloom.hw.network import Stage
from binloom.hw.stream import Map

NAME = "manifest.json"
FORMAT, VERSION = "binloom build", 2

ORDER = (
    "frames row-major, pixel after pixel, channels in groups of lanes; lane 0 is the lowest channel, in the low bits"
)


def manifest(design: Design, ports: Ports) -> dict:
    """All but the list of files, as plain values."""
    graph, netlist = design.graph, design.netlist
    timing = predict(netlist, design.units)
    meta = graph.meta
    return {
        "format": FORMAT,
        "version": VERSION,
        "binloom": version("binloom"),
        "name": graph.name,
        "model": {"sha256": meta.get("sha256"), "format": meta.get("format")},
        "ports": {
            "style": ports.style,
            "clock": ports.clock,
            "reset": ports.reset,
            "reset_active": ports.reset_active,
            "order": ORDER,
            "inputs": [_port(port) for port in ports.inputs],
            "outputs": [_port(port) for port in ports.outputs],
            "load": _port(ports.load) if ports.load else None,
        },
        "input": meta.get("input"),
        "outputs": meta.get("outputs", {}),
        "classes": meta.get("classes"),
        "timing": _timing(design, timing),
        "ops": [_op(design, timing, node) for node in graph],
        "fifos": _fifos(design),
        "loads": loads(design),
        "plan": design.plan.to_dict(),
        "notes": list(meta.get("notes", ())),  # type: ignore[call-overload]
    }


def write_manifest(folder: Path, about: dict, files: Iterable[Path]) -> dict:
    """Write it with the hash of each file of the build, and give it back."""
    hashes = {file.relative_to(folder).as_posix(): sha256(file) for file in sorted(files)}
    whole = {**about, "files": hashes}
    (folder / NAME).write_text(json.dumps(whole, indent=1, allow_nan=False) + "\n", encoding="utf-8", newline="\n")
    return whole


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _port(port: Port) -> dict:
    return {
        "name": port.name,
        "payload": port.payload,
        "valid": port.valid,
        "ready": port.ready,
        "last": port.last or None,
        "width": port.width,
        "lane_width": port.lane_width,
        **_map(port.map),
    }


def _map(map: Map) -> dict:
    return {
        "shape": [map.height, map.width, map.channels],
        "lanes": map.lanes,
        "planes": map.planes,
        "run": map.run,
        "beats": map.beats,
        "element": _element(map.element),
    }


def _element(element: Element) -> dict:
    return {
        "lo": element.lo,
        "hi": element.hi,
        "bit": element.bit,
        "width": element.width,
        "signed": element.signed,
    }


def _timing(design: Design, timing: Timing) -> dict:
    return {
        "cycles_per_frame": timing.cycles,
        "bottleneck": design.node_of(timing.bottleneck),
        "bottleneck_block": timing.bottleneck,
        "latency_first": dict(timing.first),
        "latency_last": dict(timing.last),
    }


def _op(design: Design, timing: Timing, node: Node) -> dict:
    stages = design.stages[node.name]
    stream = design.streams[node.name]
    return {
        "name": node.name,
        "op": type(node.op).__name__,
        "source": node.source,
        "inputs": list(node.inputs),
        "fold": design.plan.to_dict()["folds"][node.name],
        "span": list(timing.spans[stream]),
        "cycles": max(map(cycles_of, units_of(stages)), default=design.netlist.map_of(stream).beats),
        "weights": _weights(node, stages),
        "blocks": [
            {
                "name": stage.name,
                "kind": type(stage.block).__name__,
                "cycles": stage.block.cycles,
                "latency": stage.block.latency,
                "inputs": list(stage.inputs),
                "reads": list(stage.reads),
            }
            for stage in stages
        ],
        "stream": {"name": stream, **_map(design.netlist.map_of(stream))},
    }


def _weights(node: Node, stages: Sequence[Stage]) -> dict | None:
    if not isinstance(node.op, Conv | Dense | OvsfConv):
        return None
    array = next(stage.block for stage in stages if isinstance(stage.block, MatrixArray))
    return {
        "count": int(array.matrix.source.size),
        "bits": array.matrix.element.width,
        "kind": array.kind.__name__,
        "biased": node.op.bias is not None,
    }


def _fifos(design: Design) -> list[dict]:
    least = least_depths(design.netlist)
    return [
        {"from": source, "to": stage.name, "port": port, "depth": stage.depth(index), "least": least[stage.name][index]}
        for stage in design.netlist.stages
        for index, (source, port) in enumerate(zip(stage.inputs, stage.ports, strict=True))
        if stage.name in least
    ]
