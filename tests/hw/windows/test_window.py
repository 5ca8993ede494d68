"""The window former against its model: every border, stride, dilation and shape, exact cycles and latency."""

import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal, Value
from amaranth.sim import Simulator

from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.windows.window import Window, WindowPadding
from binloom.sim.beats import pack, unpack
from tests.hw.bench import check_block, measure, on_engines, random_beats

PIXEL = Element(0, 15)


def same(size, kernel, stride=(1, 1), dilation=(1, 1), fill=0):
    """Keras' 'same': what is missing to give ceil(size / stride) outputs, the larger half behind."""
    sides = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        sides += [total // 2, total - total // 2]
    return WindowPadding(*sides, fill)


S8 = Element(-100, 90)

# name: (height, width, channels, lanes), element, kernel, stride, dilation, padding
CASES = {
    "valid 3x3": ((5, 7, 4, 2), PIXEL, (3, 3), (1, 1), (1, 1), None),
    "same 3x3": ((5, 7, 4, 2), PIXEL, (3, 3), (1, 1), (1, 1), "same"),
    "same 3x3, bits": ((5, 6, 3, 3), BIT, (3, 3), (1, 1), (1, 1), "same"),
    "same 3x3, bits +1": ((4, 5, 2, 1), BIT, (3, 3), (1, 1), (1, 1), 1),
    "same 3x3, bits -1": ((4, 5, 2, 2), BIT, (3, 3), (1, 1), (1, 1), 0),
    "same 3x3, fill 0": ((5, 4, 2, 1), S8, (3, 3), (1, 1), (1, 1), 0),
    "same 4x4, fill outside the element": ((5, 4, 2, 1), PIXEL, (4, 4), (1, 1), (1, 1), -3),
    "even kernel, stride 2, 'same'": ((8, 6, 2, 1), PIXEL, (4, 4), (2, 2), (1, 1), "same"),
    "odd kernel, stride 2, even image": ((6, 8, 1, 1), PIXEL, (3, 3), (2, 2), (1, 1), "same"),
    "stride 3, rest of rows and columns": ((8, 10, 2, 2), PIXEL, (2, 3), (3, 3), (1, 1), None),
    "stride beyond the kernel": ((7, 8, 1, 1), PIXEL, (1, 2), (3, 3), (1, 1), None),
    "strides differ": ((7, 6, 2, 1), PIXEL, (3, 2), (1, 2), (1, 1), "same"),
    "dilation 2": ((7, 8, 2, 1), PIXEL, (3, 3), (1, 1), (2, 2), "same"),
    "dilations differ, stride 2": ((6, 7, 1, 1), PIXEL, (2, 3), (2, 2), (3, 1), "same"),
    "1x1 kernel": ((3, 4, 4, 2), PIXEL, (1, 1), (1, 1), (1, 1), None),
    "1x1 kernel, stride 2": ((5, 4, 4, 2), PIXEL, (1, 1), (2, 2), (1, 1), None),
    "row kernel": ((3, 6, 2, 1), PIXEL, (1, 5), (1, 1), (1, 1), "same"),
    "column kernel": ((6, 3, 2, 1), PIXEL, (5, 1), (1, 1), (1, 1), "same"),
    "7x7 'same' on one pixel": ((1, 1, 3, 1), PIXEL, (7, 7), (1, 1), (1, 1), "same"),
    "7x7 'same' on 2x3": ((2, 3, 2, 2), BIT, (7, 7), (1, 1), (1, 1), "same"),
    "5x5 'same' on one row": ((1, 6, 1, 1), PIXEL, (5, 5), (1, 1), (1, 1), "same"),
    "5x5 'same' on one column": ((6, 1, 1, 1), PIXEL, (5, 5), (2, 2), (1, 1), "same"),
    "1x1 on one pixel": ((1, 1, 1, 1), BIT, (1, 1), (1, 1), (1, 1), None),
    "square 6x6 'same'": ((7, 8, 2, 1), PIXEL, (6, 6), (1, 1), (1, 1), "same"),
    "whole image": ((4, 3, 2, 1), PIXEL, (4, 3), (1, 1), (1, 1), None),
    "border at the top and left only": ((5, 5, 1, 1), PIXEL, (3, 3), (1, 1), (1, 1), WindowPadding(2, 0, 2, 0, 5)),
    "border at the bottom and right only": ((5, 5, 1, 1), PIXEL, (3, 3), (1, 1), (1, 1), WindowPadding(0, 2, 0, 2, 7)),
    "prime channels, one lane": ((3, 4, 5, 1), BIT, (3, 3), (1, 1), (1, 1), "same"),
}  # fmt: skip
# In Verilator at once: each way to lay a border, a flush of more windows than the image has pixels.
QUICK = [
    "same 3x3, bits",
    "same 3x3, bits -1",
    "same 4x4, fill outside the element",
    "even kernel, stride 2, 'same'",
    "dilation 2",
    "square 6x6 'same'",
    "7x7 'same' on one pixel",
]


def build(name, **options):
    size, element, kernel, stride, dilation, padding = CASES[name]
    if isinstance(padding, int):
        padding = same(size[:2], kernel, stride, dilation, fill=padding)
    elif padding == "same":
        padding = same(size[:2], kernel, stride, dilation)
    return Window(Map(*size, element), kernel, stride, dilation, padding or WindowPadding(), **options)


@pytest.mark.parametrize(("name", "engine"), on_engines(CASES, QUICK))
def test_window(name, engine):
    block = build(name)
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("style", ["registers", "distributed", "block"])
def test_memory_style_changes_nothing(style):
    check_block(build("same 3x3", style=style), stalls=(0.4,))


def test_a_border_costs_only_the_flush():
    assert build("same 3x3", overlap=False).cycles == (5 * 7 + 1 * 7 + 1) * 2
    assert build("same 3x3").cycles == 5 * 7 * 2
    assert build("valid 3x3", overlap=False).cycles == 5 * 7 * 2


@pytest.mark.parametrize("name", ["same 3x3, bits", "same 4x4, fill outside the element", "column kernel"])
def test_alone(name):
    block = build(name).alone()
    assert block.cycles > build(name).cycles
    check_block(block)
    measure(block)


@pytest.mark.parametrize("pause", [1, 3, 7, 40])
@pytest.mark.parametrize("name", ["same 3x3", "5x5 'same' on one column", "dilation 2"])
def test_pauses_between_frames(name, pause):
    """What the next frame does not push out comes by itself, and the next frame may come in the middle of that."""
    block, frames = build(name), 3
    beats = random_beats(block.i_map, frames, np.random.default_rng(4))
    want = pack(block.o_map, block.model(beats))
    simulator = Simulator(block)
    simulator.add_clock(1e-6)

    async def feed(ctx):
        for index, payload in enumerate(pack(block.i_map, beats)):
            if index and index % block.i_map.beats == 0:
                ctx.set(block.i.valid, 0)
                await ctx.tick().repeat(pause)
            ctx.set(block.i.valid, 1)
            ctx.set(Value.cast(block.i.payload), payload)
            await ctx.tick().until(block.i.ready)
        ctx.set(block.i.valid, 0)

    async def read(ctx):
        ctx.set(block.o.ready, 1)
        for index, payload in enumerate(want):
            (got,) = await ctx.tick().sample(Value.cast(block.o.payload)).until(block.o.valid)
            assert got == payload, index

    simulator.add_testbench(feed, background=True)
    simulator.add_testbench(read)
    simulator.run_until(1e-6 * (200 + frames * (pause + 3 * block.i_map.beats)))
    assert not simulator.advance(), "outputs are missing"


def test_model_by_hand():
    block = Window(Map(2, 2, 1, 1, PIXEL), (2, 2), padding=WindowPadding(0, 1, 0, 1, 9))
    assert block.model(np.array([[1], [2], [3], [4]])).tolist() == [
        [1, 2, 3, 4],
        [2, 9, 4, 9],
        [3, 4, 9, 9],
        [4, 9, 9, 9],
    ]


@pytest.mark.parametrize("name", ["same 3x3", "dilation 2"])
def test_reset_within_a_frame_forgets_it(name):
    """Whatever the delay lines still hold, the next frame's borders hide it."""
    block = build(name)
    rng = np.random.default_rng(3)
    broken, whole = random_beats(block.i_map, 1, rng), random_beats(block.i_map, 1, rng)
    reset = Signal()
    payloads = []

    async def bench(ctx):
        ctx.set(block.o.ready, 1)
        ctx.set(block.i.valid, 1)
        for payload in pack(block.i_map, broken)[: block.i_map.beats * 2 // 3]:
            ctx.set(Value.cast(block.i.payload), payload)
            await ctx.tick()
        ctx.set(reset, 1)
        await ctx.tick()
        ctx.set(reset, 0)
        feed = iter(pack(block.i_map, whole))
        ctx.set(Value.cast(block.i.payload), next(feed))
        while len(payloads) < block.o_map.beats:
            _, _, ready, valid, payload = await ctx.tick().sample(
                block.i.ready, block.o.valid, Value.cast(block.o.payload)
            )
            if valid:
                payloads.append(payload)
            if ready:
                ctx.set(Value.cast(block.i.payload), next(feed, 0))

    simulator = Simulator(ResetInserter(reset)(block))
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert np.array_equal(unpack(block.o_map, payloads), block.model(whole))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": (0, 3)}, r"kernel must be at least 1 in both directions, got \(0, 3\)"),
        ({"kernel": (3, 3), "stride": (1, 0)}, r"stride must be at least 1 in both directions, got \(1, 0\)"),
        ({"kernel": (6, 3)}, "the window spans 6 rows, the padded image has 5"),
        (
            {"kernel": (3, 3), "padding": WindowPadding(left=2, right=1)},
            "padding must be narrower than the window, got 3 columns for a window that spans 3",
        ),
        (
            {"kernel": (3, 3), "padding": WindowPadding(top=1, fill=2)},
            "a border needs a stored value, over bits 0 or 1, got 2",
        ),
        (
            {"kernel": (3, 3), "padding": WindowPadding(top=1)},
            "a border needs a stored value, over bits 0 or 1, got None",
        ),
        ({"kernel": (3, 3), "style": "fast"}, "style must be one of .*, got 'fast'"),
    ],
)
def test_wrong_parameters(arguments, message):
    with pytest.raises(ValueError, match=message):
        Window(Map(5, 5, 1, 1, BIT), **arguments)


def test_wrong_padding():
    with pytest.raises(ValueError, match="padding must not be negative, got -1 at the left"):
        WindowPadding(left=-1)
