"""Arrays whose kernel is made of codes while they work, from coefficients alone or from a stored share of the codes."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.kernel import Recipe
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure, on_engines

BYTE, PIXEL = Element(-128, 127), Element(0, 255)


def array(
    element: Element,
    elements: int = 8,
    simd: int = 4,
    codes: int = 4,
    outputs: int = 4,
    pe: int = 2,
    *,
    positions: tuple[int, int] = (1, 5),
    limit: int = 127,
    bias: int = 9,
    **options,
) -> GeneratedArray:
    """A generated array with random codes and coefficients, and the tightest output element."""
    rng = np.random.default_rng(5)
    length = 1 << (elements - 1).bit_length()
    coefficients = rng.integers(-limit, limit, (codes, outputs), endpoint=True)
    coefficients = np.where(coefficients >= 0, 1, -1) if limit == 1 else coefficients
    places = np.arange(elements).reshape(-1, simd)
    recipe = Recipe(coefficients, rng.permutation(length)[:codes], places, length, pe, **options)
    ends = np.stack([recipe.kernel * element.lo, recipe.kernel * element.hi])
    low, high = ends.min(axis=0), ends.max(axis=0)
    biases = rng.integers(-bias, bias, outputs, endpoint=True)
    low, high = (side.sum(axis=1).ravel() + biases for side in (low, high))
    map = Map(*positions, recipe.rows * elements, simd, element, planes=recipe.rows)
    return GeneratedArray(
        map, recipe, o_element=Element(int(low.min()), int(high.max())), bias=biases if bias else None
    )


CASES = {
    "bits": {"element": BIT},
    "bits, one beat": {"element": BIT, "simd": 8},
    "bytes, a filter at a time": {"element": BYTE, "pe": 1, "bias": 0},
    "pixels, two codes a cycle": {"element": PIXEL, "step": 2},
    "in block RAM": {"element": BIT, "storage": "rom"},
    "half stored": {"element": BIT, "storage": "rom", "stored": 2},
    "all stored": {"element": BIT, "storage": "logic", "stored": 4},
    "half stored, two codes a cycle": {"element": BIT, "stored": 2, "step": 2},
    "27 places": {"element": BIT, "elements": 27, "simd": 27, "codes": 5},
    "one code, a kernel of bits": {"element": BIT, "codes": 1, "limit": 1},
    "one place": {"element": BYTE, "elements": 1, "simd": 1, "codes": 1},
    "all codes, slower than the pixels": {"element": BIT, "codes": 8, "positions": (1, 3), "bias": 0},
}


@pytest.mark.parametrize(("case", "engine"), on_engines(CASES, ["half stored, two codes a cycle"]))
def test_equals_its_model(case, engine):
    block = array(**CASES[case])
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("pixels", [7, 8, 9, 10])
def test_a_plane_takes_as_long_as_its_pixels_or_as_its_row(pixels):
    block = array(BIT, elements=8, simd=4, codes=8, positions=(1, pixels))
    assert block.cycles == 2 * max(2 * pixels, 2 * 8 + 3)
    measure(block)


def test_rules():
    with pytest.raises(ValueError, match=r"^pe must divide the 4 outputs, got 3$"):
        array(BIT, pe=3)
    with pytest.raises(ValueError, match=r"^step must divide the 4 codes, got 3$"):
        array(BIT, step=3)
    with pytest.raises(ValueError, match=r"^stored must be whole steps of 2 of the 4 codes, got 1$"):
        array(BIT, step=2, stored=1)
    with pytest.raises(ValueError, match=r"^places of several beats must be beat\[b\] \^ lane\[j\], got others$"):
        array(BIT, elements=12, simd=3)
