"""The boards in words: what is on each, and what of that a build and its link take, by the cost model."""

from collections.abc import Mapping

from binloom.boards.room import room_for_link
from binloom.compiler.errors import InputError
from binloom.compiler.implement.estimate import estimate
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets import boards
from binloom.compiler.targets.area import Area, shortage

CHIP = ("LUTs", "block RAM", "load RAM", "multipliers")
TAKES = ("LUTs", "block RAM", "multipliers", "frames/s", "fits")


def chip(name: str) -> tuple[str, ...]:
    """What is on a board, in words for CHIP."""
    device = boards.board(name)
    block = device.rams[0]
    loaded = sum(ram.count * ram.bits for ram in device.rams if not ram.initialised) >> 13
    return (
        f"{device.luts:,}",
        f"{block.count * block.bits >> 13:,} KiB",
        f"{loaded} KiB" if loaded else "",
        str(device.dsp.count) if device.dsp else "",
    )


def takes(graph: Graph, manifest: Mapping, name: str) -> tuple[str, ...]:
    """What a build takes of a board, with its link, in words for TAKES; the last one is "yes", or what is lacking."""
    device = boards.board(name)
    try:
        said = estimate(graph, manifest, device, name)
    except InputError as error:
        return "", "", "", "", str(error)
    network = Area(**{what: said[what] for what in Area.__dataclass_fields__})
    area = network + room_for_link(graph, device)
    lacking = shortage(area, device)
    rate = 1e6 * said["clock_mhz"] / manifest["timing"]["cycles_per_frame"]
    pairs = (
        (area.lut, device.luts),
        (area.bram, device.rams[0].count),
        (area.dsp, device.dsp.count if device.dsp else 0),
    )
    shares = tuple(f"{100 * used / there:.0f}%" if there else "" for used, there in pairs)
    return *shares, "" if lacking else f"{rate:,.0f}", f"no: {lacking}" if lacking else "yes"
