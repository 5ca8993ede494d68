"""What a board's link takes of its chip, so that a plan leaves room for it: its logic as measured, its memories by the
cost model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from binloom.compiler.cost import memory
from binloom.compiler.design.tensors import element_of
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.targets.area import Area, placed
from binloom.compiler.targets.device import Device
from binloom.hw.link import events, inbox, outbox
from binloom.hw.link.format import COUNTERS
from binloom.hw.link.linked import SLOTS
from binloom.hw.link.uart import BITS

RECORD = 512  # bytes of an identity record at most, where it names its classes


@dataclass(frozen=True, slots=True)
class Logic:
    """LUTs and registers of a link that counts `stages`, with its serial line, reset and lamps, and of each stage."""

    lut: int
    ff: int
    stages: int
    lut_each: float
    ff_each: float


# Around zoo/mnist_tiny.h5 on an iCEBreaker and a ULX3S (`binloom build`, "between them" in its table); of each stage by
# `Events` of 13, 37 and 61 wires (yosys 0.70). The families that are not here take what an ECP5 does.
ECP5 = Logic(1933, 805, 9, 28.0, 9.5)
LOGIC: Mapping[str, Logic] = {"ice40": Logic(1986, 1007, 9, 21.0, 8.7)}


def room_for_link(graph: Graph, device: Device) -> Area:
    """Of a link in front of a network of this graph, whatever its plan; nothing where none can feed it."""
    if len(graph.inputs) != 1:
        return Area()
    family = device.family.name
    logic = LOGIC.get(family, ECP5)
    more = len(graph.nodes) - logic.stages  # about a stage an op
    (image,) = graph.inputs
    element = element_of(image)
    lanes = -(-element.width // BITS)
    memories = [
        memory.ram(family, BITS, 2 * inbox.ROOM),
        memory.ram(family, BITS, outbox.ROOM),
        memory.ram(family, events.WIDTH, len(COUNTERS) + len(graph.nodes)),
        memory.ram(family, BITS, SLOTS * _power(sum(map(_bytes, graph.outputs)))),
        *[memory.ram(family, min(BITS, element.width), SLOTS * _power(prod(image.tensor.shape)))] * lanes,
    ]
    blocks = sum(placed.blocks for placed in memories if placed.what == "bram") + memory.rom(family, BITS, RECORD)
    cells = Area(lut=logic.lut + round(more * logic.lut_each), ff=logic.ff + round(more * logic.ff_each), bram=blocks)
    return placed(cells, device.family)


def _bytes(node: Node) -> int:
    return prod(node.tensor.shape) * -(-element_of(node).width // BITS)


def _power(count: int) -> int:
    """Rooms of a memory whose slots begin at powers of two."""
    return 1 << (count - 1).bit_length()
