"""Random small integer graphs, seeded: what every stage from the interpreter to Verilator must agree on.

graph = random_graph(random.Random(7))          # from a seed
@given(graphs())                                # from hypothesis, which then shrinks it
images = random_images(graph, seed=7, count=3)
"""

from collections.abc import Callable
from random import Random

import numpy as np
from hypothesis import strategies as st

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import infer
from binloom.compiler.ir.ops import NO_PADDING, Fill, Padding, Pair, Shape
from binloom.compiler.ir.rules import check
from binloom.compiler.ir.shapes import same
from binloom.hw.element import Element

# Wider values are brought down before they are multiplied again, as a trained net's would be.
WIDEST = 14


def graphs(**options) -> st.SearchStrategy[Graph]:
    """Random graphs for hypothesis; the options are those of `random_graph`."""
    return st.randoms(use_true_random=False).map(lambda random: random_graph(random, **options))


def chains(**options) -> st.SearchStrategy[Graph]:
    """Random graphs that can run in planes, for hypothesis."""
    return st.randoms(use_true_random=False).map(lambda random: random_chain(random, **options))


def random_images(graph: Graph, seed: int, count: int) -> np.ndarray:
    """Frames for the graph's input, extremes included."""
    op = graph.inputs[0].op
    random = np.random.default_rng(seed)
    images = random.integers(op.lo, op.hi + 1, (count, *op.shape))
    if count > 2:
        images[-1], images[-2] = op.lo, op.hi
    return images


def random_graph(
    random: Random, *, side: int = 7, channels: int = 6, steps: int = 4, branches: bool = True, rich: bool = False
) -> Graph:
    """A graph that keeps every rule; images up to `side` high and wide, maps up to about `channels` channels.

    A `rich` one has a branch and a max pool whatever the dice say.
    """
    maker = Maker(random, side, channels)
    x = maker.image()
    if rich:
        x = maker.pool(maker.branching(x))
    for _ in range(random.randint(1, steps)):
        x = maker.branching(x) if branches and random.random() < 0.25 else maker.step(x)
    if random.random() < 0.2:
        maker.builder.output(x, "map")
    x = maker.head(x)
    graph = maker.builder.output(x, "logits")
    if random.random() < 0.3 and maker.shape(x)[:2] == (1, 1):
        graph = maker.builder.output(maker.builder.argmax(x, random.randint(1, min(3, maker.shape(x)[2]))), "best")
    check(graph, integer=True)
    return graph


def random_chain(random: Random, *, side: int = 7, channels: int = 6, steps: int = 4) -> Graph:
    """A graph that can run in planes: from a depthwise convolution to a dense layer, what keeps channels apart."""
    maker = Maker(random, side, channels)
    x = maker.depthwise(maker.image(2))
    for _ in range(random.randint(0, steps)):
        kinds = [
            maker.depthwise,
            maker.pool,
            maker.sum_pool,
            maker.threshold,
            maker.narrowed,
            maker.piecewise,
            maker.pad,
        ]
        x = maker.narrowed(x) if maker.element(x).width > WIDEST else random.choice(kinds)(x)
    if maker.shape(x)[:2] != (1, 1):
        x = maker.builder.flatten(x)
    x = maker.threshold(x) if random.random() < 0.3 or maker.element(x).width > WIDEST else x
    x = maker.builder.dense(x, maker.weights((maker.shape(x)[2], random.randint(1, channels))))
    graph = maker.builder.output(x)
    check(graph, integer=True)
    return graph


class Maker:
    """The generator's choices, each weighted so that most graphs look like nets and some do not."""

    def __init__(self, random: Random, side: int, channels: int) -> None:
        self.random, self.side, self.channels = random, side, channels
        self.builder = GraphBuilder("net")

    def shape(self, x: str) -> Shape:
        return self.builder.shape(x)

    def element(self, x: str) -> Element:
        inferred = infer(Graph("net", tuple(self.builder.nodes.values())))[x].tensor.element
        assert inferred is not None
        return inferred

    def image(self, least: int = 1) -> str:
        height, width = self.random.randint(least, self.side), self.random.randint(least, self.side)
        lo, hi = self.random.choice([(0, 255), (0, 255), (-128, 127), (0, 1), (-3, 8)])
        return self.builder.input((height, width, self.random.choice([1, 1, 2, 3, 4])), lo, hi)

    def step(self, x: str) -> str:
        """One more layer, or two."""
        if self.element(x).width > WIDEST:
            return self.narrowed(x)
        kinds: list[Callable[[str], str]] = [self.conv, self.conv, self.conv, self.depthwise, self.pool, self.pool]
        if not self.element(x).bit and self.element(x).lo >= 0:
            kinds.append(self.bit_planes)
        if self.shape(x)[2] % 2 == 0:
            kinds.append(self.shift_add)
        if self.shape(x)[2] == 1 and not self.element(x).bit and self.element(x).lo >= 0 and self.element(x).hi < 16:
            kinds += [self.builder.equalise, self.standardise]
        kinds += [self.sum_pool, self.threshold, self.narrowed, self.piecewise, self.pad, self.ovsf]
        return self.random.choice(kinds)(x)

    def branching(self, x: str) -> str:
        """A residual or a concatenation; the other way may be longer or none at all."""
        if self.element(x).width > WIDEST:
            return self.narrowed(x)
        channels = self.shape(x)[2]
        if self.random.random() < 0.5:
            return self.builder.add(x, self.plain(x, channels))
        return self.builder.concat(
            self.plain(x, channels), self.plain(x, channels) if self.random.random() < 0.5 else x
        )

    def plain(self, x: str, channels: int) -> str:
        """A convolution, thresholded or not, that keeps height and width."""
        size = self.random.choice([1, 3])
        y = self.builder.conv(x, self.weights((size, size, self.shape(x)[2], channels)), padding="same")
        return self.threshold(y) if self.random.random() < 0.5 else y

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        values = self.random.choice([(-1, 1), (-1, 1), (-3, -2, -1, 0, 1, 2, 3)])
        return np.array([self.random.choice(values) for _ in range(int(np.prod(shape)))], np.int64).reshape(shape)

    def integers(self, lo: int, hi: int, count: int) -> np.ndarray:
        return np.array([self.random.randint(lo, hi) for _ in range(count)], np.int64)

    def flags(self, count: int) -> np.ndarray:
        return np.array([self.random.random() < 0.4 for _ in range(count)], bool)

    def window(self, x: str, dilate: bool, fills: tuple[Fill, ...]) -> tuple[Pair, Pair, Pair, Padding]:
        """Size, stride, dilation and padding that fit the map."""
        height, width, _ = self.shape(x)
        while True:
            size = tuple(self.random.choice([1, 2, 3, 3, 4, 5, 7]) for _ in range(2))
            stride = tuple(self.random.choice([1, 1, 2, 3]) for _ in range(2))
            dilation = tuple(self.random.choice([1, 1, 2]) if dilate else 1 for _ in range(2))
            fill = self.random.choice(fills)
            match self.random.randrange(3):
                case 0:
                    padding = NO_PADDING
                case 1:
                    padding = same(size, stride, (height, width, 1), dilation=dilation, fill=fill)
                case _:
                    borders = []
                    for axis in (0, 1):
                        total = self.random.randint(0, (size[axis] - 1) * dilation[axis])
                        before = self.random.randint(0, total)
                        borders += [before, total - before]
                    padding = Padding(*borders, fill)
            reach = [(size[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
            if height + padding.top + padding.bottom >= reach[0] and width + padding.left + padding.right >= reach[1]:
                return size, stride, dilation, padding

    def conv(self, x: str) -> str:
        size, stride, dilation, padding = self.window(x, True, tuple(Fill))
        inputs, outputs = self.shape(x)[2], self.random.randint(1, self.channels)
        groups = 2 if inputs % 2 == 0 and outputs % 2 == 0 and self.random.random() < 0.3 else 1
        weights = self.weights((*size, inputs // groups, outputs))
        bias = self.integers(-9, 9, outputs) if self.random.random() < 0.3 else None
        settings = {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups, "bias": bias}
        y = self.builder.conv(x, weights, **settings)
        return self.threshold(y) if self.random.random() < 0.6 else y

    def ovsf(self, x: str) -> str:
        """Filters of codes: the first, some, all, or one, over places in order or in none."""
        size, stride, dilation, padding = self.window(x, True, tuple(Fill))
        shape = (*size, self.shape(x)[2])
        taken = int(np.prod(shape))
        length = 1 << (taken - 1).bit_length() + self.random.choice([0, 0, 0, 1])
        count = min(16, self.random.choice([1, length, max(1, length // 4), self.random.randint(1, length)]))
        codes = range(count) if self.random.random() < 0.5 else self.random.sample(range(length), count)
        places = range(taken) if self.random.random() < 0.7 else self.random.sample(range(length), taken)
        outputs = self.random.randint(1, self.channels)
        y = self.builder.ovsf(
            x,
            np.stack([self.integers(*self.random.choice([(-3, 3), (-127, 127)]), outputs) for _ in range(count)]),
            size,
            codes=np.array(codes),
            places=np.array(places).reshape(shape),
            length=length,
            stride=stride,
            dilation=dilation,
            padding=padding,
            bias=self.integers(-9, 9, outputs) if self.random.random() < 0.3 else None,
        )
        return self.threshold(y) if self.random.random() < 0.6 else y

    def depthwise(self, x: str) -> str:
        size, stride, dilation, padding = self.window(x, True, (Fill.ZERO, Fill.ZERO, Fill.PLUS_ONE))
        weights = self.weights((*size, self.shape(x)[2], self.random.randint(1, 2)))
        return self.builder.depthwise(x, weights, stride=stride, dilation=dilation, padding=padding)

    def bit_planes(self, x: str) -> str:
        """All bits or fewer, of which each may have filters of its own whose sums come together again."""
        bits = self.element(x).width + self.random.randint(0, 1)
        planes = self.random.randint(1, min(bits, 4))
        y = self.builder.bit_planes(x, planes, bits)
        if self.random.random() < 0.3:
            return y
        filters = self.random.randint(1, 3)
        y = self.builder.depthwise(y, self.weights((1, 1, self.shape(y)[2], filters)))
        return self.builder.shift_add(y, planes, filters)

    def shift_add(self, x: str) -> str:
        channels = self.shape(x)[2]
        planes = self.random.choice([n for n in range(2, channels + 1) if channels % n == 0])
        return self.builder.shift_add(x, planes, self.random.choice([1, channels // planes]))

    def pool(self, x: str) -> str:
        size, stride, _, padding = self.window(x, False, (Fill.ZERO,))
        minimum = self.flags(self.shape(x)[2]) if self.random.random() < 0.3 else None
        return self.builder.max_pool(x, size, stride, padding=padding, minimum=minimum)

    def sum_pool(self, x: str) -> str:
        size, stride, _, padding = self.window(x, False, (Fill.ZERO,))
        if self.random.random() < 0.3:
            size, stride, padding = self.shape(x)[:2], (1, 1), NO_PADDING
        y = self.builder.sum_pool(x, size, stride, padding=padding)
        if self.random.random() < 0.3:
            height, width, _ = self.shape(y)
            del self.builder.nodes[y]
            factors = {"rows": self.integers(1, 3, height), "cols": self.integers(1, 3, width)}
            y = self.builder.sum_pool(x, size, stride, padding=padding, **factors)
        return y

    def standardise(self, x: str) -> str:
        bits = self.random.randint(2, 10)
        return self.builder.standardise(x, self.random.randint(0, bits - 1), bits)

    def threshold(self, x: str) -> str:
        element, channels = self.element(x), self.shape(x)[2]
        # Near the middle the bit goes both ways; at the ends, and one past them, it is a constant.
        middle, quarter = (element.lo + element.hi) // 2, (element.hi - element.lo) // 4
        bound = self.integers(middle - quarter, middle + quarter, channels)
        if self.random.random() < 0.3:
            bound[self.random.randrange(channels)] = self.random.choice([element.lo, element.hi, element.hi + 1])
        return self.builder.threshold(x, bound, self.flags(channels))

    def narrowed(self, x: str) -> str:
        """Affine down to a few bits, or a clip."""
        if self.random.random() < 0.3:
            return self.builder.clip(x, -self.random.randint(0, 127), self.random.randint(0, 127))
        channels = self.shape(x)[2]
        shift = max(0, self.element(x).width - self.random.randint(3, 9)) + 2
        add = self.integers(-(1 << shift), 1 << shift, channels)
        return self.builder.affine(x, self.integers(-5, 5, channels), add, shift)

    def piecewise(self, x: str) -> str:
        channels = self.shape(x)[2]
        if self.random.random() < 0.3:
            return self.knee(x)
        if self.random.random() < 0.5:
            return self.builder.piecewise(x)
        return self.builder.piecewise(x, self.integers(-3, 3, channels), self.integers(-3, 3, channels))

    def knee(self, x: str) -> str:
        element, channels = self.element(x), self.shape(x)[2]
        at = self.integers(element.lo - 1, element.hi + 2, channels)
        slopes, addends = ([self.integers(-reach, reach, channels) for _ in range(2)] for reach in (5, 60))
        return self.builder.knee(x, at, *slopes, *addends, self.random.randint(0, 4))

    def pad(self, x: str) -> str:
        fills = (Fill.PLUS_ONE, Fill.MINUS_ONE) if self.element(x).bit else tuple(Fill)
        borders = (self.random.randint(0, 2) for _ in range(4))
        return self.builder.pad(x, Padding(*borders, self.random.choice(fills)))

    def head(self, x: str) -> str:
        """Mostly a dense layer, sometimes two, sometimes the map as it is."""
        if self.random.random() < 0.25:
            return x
        for _ in range(self.random.choice([1, 1, 2])):
            if self.element(x).width > WIDEST:
                x = self.threshold(x)
            if self.shape(x)[:2] != (1, 1):
                x = self.builder.flatten(x)
            outputs = self.random.randint(1, self.channels)
            bias = self.integers(-50, 50, outputs) if self.random.random() < 0.5 else None
            x = self.builder.dense(x, self.weights((self.shape(x)[2], outputs)), bias=bias)
        return x
