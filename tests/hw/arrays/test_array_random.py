"""Random small arrays of every kind and fold against their model."""

from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from tests.hw.arrays.test_array import BYTE, PIXEL, array
from tests.hw.bench import check_block, measure

elements = st.one_of(
    st.just(BIT),
    st.sampled_from([BYTE, PIXEL, Element(-1, 0), Element(0, 1), Element(5, 5)]),
    st.tuples(st.integers(-300, 300), st.integers(0, 300)).map(lambda pair: Element(pair[0], pair[0] + pair[1])),
)
counts = st.integers(1, 4)


@st.composite
def arrays(draw):
    element = draw(elements)
    simd, pe, segments = draw(counts), draw(counts), draw(counts)
    side_by_side = draw(st.booleans())
    beats, groups = (1, 1) if side_by_side else (draw(counts), draw(counts))
    return array(
        element,
        (segments, simd * beats, pe * groups),
        simd,
        pe,
        positions=draw(st.sampled_from([(1, 1), (1, 3), (2, 2)])),
        pixels=draw(st.integers(1, 3)),
        limit=draw(st.sampled_from([1, 2, 100])),
        bias=draw(st.sampled_from([0, 7, 5000])),
        parallel=segments if side_by_side else 1,
        seed=draw(st.integers(0, 999)),
        storage=draw(st.sampled_from(["logic", "rom"])),
        per_stage=draw(st.integers(2, 4)),
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(block=arrays(), stall=st.sampled_from([0.2, 0.6]))
def test_any_array(block, stall):
    check_block(block, frames=2, stalls=(stall,))
    measure(block)
