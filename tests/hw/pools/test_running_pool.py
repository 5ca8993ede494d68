"""Slides with sets for values: what each window holds, whatever the line, the border and the parts it is made of."""

from itertools import product
from types import SimpleNamespace

from binloom.hw.pools import running_pool
from binloom.hw.pools.running_pool import Slide

UNION = SimpleNamespace(combine=lambda a, b: a | b)


def slides(longest: int, widest: int):
    """All lines and windows up to these sizes, with every border that is narrower than the window."""
    for size, kernel, stride in product(range(1, longest + 1), range(1, widest + 1), range(1, widest + 1)):
        for before, behind in product(range(kernel), repeat=2):
            room = size + before + behind - kernel
            if before + behind < kernel and room >= 0:
                yield Slide(size, kernel, stride, before, room // stride + 1)


def run(slide: Slide, values: list) -> list:
    """The windows of a line. What a slot holds before it is begun must reach none of them."""
    slots, windows = [frozenset({"nothing"})] * slide.slots, []
    for (shift, first, ends, cut), value in zip(slide.table().tolist(), values, strict=True):
        slots, window = slide.join(UNION, slots, value, shift, first, cut)
        windows += [window] if ends else []
    return windows


def test_every_window_holds_what_lies_in_it(monkeypatch):
    monkeypatch.setattr(running_pool, "Mux", lambda choice, yes, no: yes if choice else no)
    tried = 0
    for slide in slides(longest=8, widest=6):
        if not slide.orderly:
            continue
        values = [frozenset({position}) for position in range(slide.size)]
        for part in slide.parts:
            assert part.orderly, (slide, part)
            values = run(part, values)
        firsts = [number * slide.stride - slide.before for number in range(slide.count)]
        wanted = [frozenset(range(max(0, first), min(slide.size, first + slide.kernel))) for first in firsts]
        assert values == wanted, slide
        tried += 1
    assert tried > 1000


def test_whole_strides_come_first():
    """A 4x4 pool of stride 2 compares pairs, then pairs of pairs: two reductions, each over one value kept."""
    assert Slide(28, 4, 2, 1, 14).parts == [Slide(28, 2, 2, 1, 15), Slide(15, 2, 1, 0, 14)]
    assert [Slide(28, 3, 2, 0, 14).slots, Slide(28, 2, 2, 0, 14).slots, Slide(28, 3, 1, 0, 26).slots] == [1, 1, 2]


def test_windows_that_end_together_are_not_orderly():
    assert not Slide(28, 3, 1, 1, 28).orderly
    assert Slide(28, 3, 2, 0, 14).orderly
