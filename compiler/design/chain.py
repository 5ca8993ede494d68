"""The blocks of one node under way: what a builder of the component table writes into."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from binloom.compiler.design.fold import Fold
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Conv, Fill, Padding
from binloom.hw.arrays.border import Axis, Border, zeros
from binloom.hw.branches.join import Join
from binloom.hw.network import Stage
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.stream import Block, Map
from binloom.hw.windows import pad
from binloom.hw.windows.places import WindowPadding

# Makes a block: its class, or a function that makes it, and what that is given. Positional arguments that are functions
# are called for what they give once a block is really made; arrays follow from the node and from the other arguments.
Make = Callable[..., Any]


def made(kind: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """A block of its own for each call."""
    return kind(*(arg() if callable(arg) else arg for arg in args), **options)


@dataclass
class Chain:
    """The blocks of one node so far, and the streams that its ops read: (name, map) of each, which blocks replace."""

    node: Node
    fold: Fold
    streams: list[tuple[str, Map]]
    make: Make = made
    stages: list[Stage] = field(default_factory=list)

    @property
    def op(self) -> Any:
        return self.node.op

    @property
    def map(self) -> Map:
        """The map of the first stream: what the next block takes."""
        return self.streams[0][1]

    def put(self, suffix: str, block: Block, stream: int = 0) -> None:
        """Put a block behind one stream."""
        name = f"{self.node.name}_{suffix}"
        self.stages.append(Stage(name, block, (self.streams[stream][0],)))
        self.streams[stream] = (name, block.o_map)

    def lanes(self, lanes: int, suffix: str = "lanes", stream: int = 0) -> None:
        """Bring one stream to that many lanes."""
        map = self.streams[stream][1]
        if map.lanes != lanes:
            self.put(suffix, self.make(LaneAdapter, map, lanes), stream)

    def finish(self, block: Block | Join) -> None:
        """Put the node's own block, which reads all streams."""
        self.stages.append(Stage(self.node.name, block, tuple(name for name, _ in self.streams)))
        self.streams = [(self.node.name, block.o_map)]


def fill_of(chain: Chain, padding: Padding) -> int:
    """The stored value that a border holds. Around bits zeros are -1, which the array behind gives back."""
    if chain.map.element.bit:
        return int(padding.fill is Fill.PLUS_ONE)
    return {Fill.ZERO: 0, Fill.PLUS_ONE: 1, Fill.MINUS_ONE: -1}[padding.fill]


def zeros_of(chain: Chain, op: Conv) -> Border | None:
    """What a convolution of the map at hand, if of bits, has to give back for the zeros around it."""
    map = chain.map
    if not map.element.bit or op.padding.fill is not Fill.ZERO:
        return None
    height, width, _ = chain.node.tensor.shape
    rows = Axis(map.height, height, op.kernel[0], op.stride[0], op.dilation[0], op.padding.top)
    columns = Axis(map.width, width, op.kernel[1], op.stride[1], op.dilation[1], op.padding.left)
    return chain.make(zeros, rows, columns, op.weights)


def window_padding(padding: Padding, fill: int | None) -> WindowPadding:
    return WindowPadding(padding.top, padding.bottom, padding.left, padding.right, fill)


def border_of(chain: Chain, padding: Padding, kernel: tuple[int, int], dilation: tuple[int, int]) -> WindowPadding:
    """The border that the window adds itself. What is wider than the window can take goes into a block in front."""
    reach = tuple((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    border = window_padding(padding, fill_of(chain, padding))
    if border.top + border.bottom <= reach[0] and border.left + border.right <= reach[1]:
        return border
    chain.put("pad", chain.make(pad.Pad, chain.map, border))
    return WindowPadding()
