"""What a board's link takes of its chip, so that a plan leaves room for it: its logic as measured, its memories by the
cost model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from binloom.boards.board import SPI, UART
from binloom.compiler.cost import memory
from binloom.compiler.design.tensors import element_of
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.targets.area import Area, placed
from binloom.compiler.targets.device import Device
from binloom.hw.link import events, gather, inbox, outbox
from binloom.hw.link.format import COUNTERS
from binloom.hw.link.linked import SLOTS
from binloom.hw.link.uart import BITS

RECORD = 512  # bytes of an identity record at most, where it names its classes


@dataclass(frozen=True, slots=True)
class Logic:
    """LUTs and registers of a link that counts `stages`, with its serial line, reset and lamps, and of each stage; and
    how many more an SPI bus takes than a serial line."""

    lut: int
    ff: int
    stages: int
    lut_each: float
    ff_each: float
    lut_spi: int
    ff_spi: int


# Around zoo/mnist_tiny.h5 on an iCEBreaker and a ULX3S (`binloom build`, "between them" in its table); of each stage by
# `Events` of 13, 37 and 61 wires, of SPI by `SpiSlave` and `Gather` beside `Receiver` and `Transmitter` (yosys 0.70).
# The families that are not here take what an ECP5 does.
ECP5 = Logic(1933, 805, 9, 28.0, 9.5, 34, 34)
LOGIC: Mapping[str, Logic] = {"ice40": Logic(1986, 1007, 9, 21.0, 8.7, 22, 34)}


def room_for_link(graph: Graph, device: Device, line: str = UART) -> Area:
    """Of a link in front of a network of this graph, whatever its plan; nothing where none can feed it. `line` is UART
    or SPI."""
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
    if line == SPI:  # answers are gathered
        memories.append(memory.ram(family, BITS, gather.ROOM))
    blocks = sum(placed.blocks for placed in memories if placed.what == "bram") + memory.rom(family, BITS, RECORD)
    cells = Area(lut=logic.lut + round(more * logic.lut_each), ff=logic.ff + round(more * logic.ff_each), bram=blocks)
    if line == SPI:
        cells += Area(lut=logic.lut_spi, ff=logic.ff_spi)
    return placed(cells, device.family)


def _bytes(node: Node) -> int:
    return prod(node.tensor.shape) * -(-element_of(node).width // BITS)


def _power(count: int) -> int:
    """Rooms of a memory whose slots begin at powers of two."""
    return 1 << (count - 1).bit_length()
