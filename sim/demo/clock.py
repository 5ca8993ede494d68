"""The clock that cycles are turned into time by, and whose word it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from binloom.compiler.implement.estimate import estimate
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.boards import board as device_of

BOARD = "ulx3s-85f"


@dataclass(frozen=True, slots=True)
class Clock:
    """Megahertz, and in words how they are known and for what."""

    mhz: float
    source: str


def clock_for(
    graph: Graph, manifest: Mapping, sections: Mapping, board: str | None = None, mhz: float | None = None
) -> Clock:
    """`mhz` where it is given. Else what place and route found for this board, or for whatever was built last, by the
    sections of the report; else what the cost model predicts for the board. InputError for a board that is not there.
    """
    target = board or BOARD
    device = device_of(target)
    routed = sections.get("routed") or {}
    if mhz is not None:
        return Clock(mhz, "as given")
    if routed.get("clock_mhz") and board in (None, routed["target"]):
        target, made = routed["target"], routed.get("bitstream")
        if made:
            return Clock(made["clock_mhz"], f"that of the bitstream for {target}")
        return Clock(routed["clock_mhz"]["max"], f"reached by place and route for {target}")
    said = estimate(graph, manifest, device, target)
    over = said["lut"] > device.luts or said["bram"] > sum(ram.count for ram in device.rams if ram.initialised)
    return Clock(said["clock_mhz"], f"predicted for {target}{', where it does not fit' if over else ''}")
