"""What a build will take of a device by the cost model, op by op, in the form in which place and route tells of it."""

from collections.abc import Mapping
from dataclasses import asdict

from binloom.compiler.cost import clock_of, node_areas
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device


def estimate(graph: Graph, manifest: Mapping, device: Device, target: str) -> dict:
    """Plain values, for the report. `target` is what the user calls the device: a board's name."""
    ops = node_areas(design(graph, Plan.from_dict(manifest["plan"])), device)
    whole = sum(ops.values(), Area())
    return {
        "target": target,
        "device": device.name,
        "clock_mhz": round(clock_of(whole, device), 1),
        **asdict(whole),
        "ops": {name: asdict(area) for name, area in ops.items()},
    }
