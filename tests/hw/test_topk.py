"""Largest indices: ties, every k, vectors shorter and longer than k beats."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.topk import TopK
from tests.hw.bench import check_block, measure

ELEMENTS = [Element(-300, 200), Element(0, 3), Element(-2, -1), BIT]


@pytest.mark.parametrize("element", ELEMENTS, ids=str)
@pytest.mark.parametrize(("n", "lanes", "k"), [(10, 1, 1), (10, 10, 1), (10, 5, 3), (12, 6, 12), (7, 1, 7), (1, 1, 1)])
def test_equals_its_model(element, n, lanes, k):
    block = TopK(Map(1, 1, n, lanes, element), k)
    check_block(block, frames=12)
    measure(block, frames=5)


def test_of_equals_the_lowest_index_comes_first():
    block = TopK(Map(1, 1, 6, 2, Element(-5, 5)), 4)
    assert block.model(np.array([[1, 5], [1, 5], [-5, 1]])).ravel().tolist() == [1, 3, 0, 2]


def test_refuses_maps_and_too_many_places():
    with pytest.raises(ValueError, match=r"^top-k takes a vector, got "):
        TopK(Map(2, 1, 4, 1, BIT))
    with pytest.raises(ValueError, match=r"^k must lie between 1 and the 4 elements of the vector, got 5$"):
        TopK(Map(1, 1, 4, 1, BIT), 5)
