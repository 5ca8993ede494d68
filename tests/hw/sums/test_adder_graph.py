"""Additions that rows share: exact, in time, fewer than trees, and quick to find."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import Element
from binloom.hw.sums.adder_graph import AdderGraph, Addition, adder_graph

BYTE, PIXEL = Element(-128, 127), Element(0, 255)


def signs(rows: int, inputs: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1, 1], (rows, inputs))


def check(matrix: np.ndarray, graph: AdderGraph, limit: int) -> None:
    x = np.random.default_rng(0).integers(-99, 99, (5, matrix.shape[1]))
    assert np.array_equal(graph.numbers(x)[:, list(graph.rows)], x @ matrix.T)
    assert max(graph.levels()) <= limit
    latest = graph.latest(limit)
    for number, addition in enumerate(graph.additions, graph.inputs):
        assert max(latest[addition.a] if addition.a >= 0 else 0, latest[addition.b]) < latest[number] <= limit
        assert max(addition.sign_a, addition.sign_b) == 1 or addition.a == -1


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=st.integers(1, 12), inputs=st.integers(1, 12), extra=st.integers(0, 4), seed=st.integers(0, 999))
def test_any_matrix(rows, inputs, extra, seed):
    matrix, limit = signs(rows, inputs, seed), inputs.bit_length() + extra
    if seed % 2:
        matrix[-1] = -matrix[0]
    if seed % 3 == 0:
        matrix[0] = -1
    check(matrix, adder_graph(matrix, PIXEL, limit), limit)


@pytest.mark.parametrize(("rows", "inputs", "limit"), [(40, 9, 8), (160, 9, 8), (32, 144, 11)])
def test_large_matrices(rows, inputs, limit):
    matrix = signs(rows, inputs)
    graph = adder_graph(matrix, PIXEL, limit)
    check(matrix, graph, limit)
    assert graph == adder_graph(matrix, PIXEL, limit)


def test_cost():
    assert adder_graph(signs(40, 9), PIXEL, 8).slots(PIXEL) <= 680
    assert adder_graph(signs(32, 144), PIXEL, 11).slots(PIXEL) <= 12000


def test_one_row_is_a_tree():
    graph = adder_graph(np.array([[1, 1, -1, 1]]), BYTE, 3)
    assert len(graph.additions) == 3
    assert max(graph.levels()) == 2


def test_a_row_made_from_another():
    graph = adder_graph(np.array([[1, 1, 1, 1], [1, 1, 1, -1]]), BYTE, 3)
    assert len(graph.additions) == 4
    assert graph.additions[-1].shift == 1


def test_slots_leave_out_bits_that_pass():
    graph = AdderGraph(2, (Addition(0, 1, 1, 1, 0), Addition(2, 1, 1, -1, 1)), (3,))
    assert [str(element) for element in graph.elements(PIXEL)] == [
        "u8[0, 255]",
        "u8[0, 255]",
        "u9[0, 510]",
        "i9[-255, 255]",
    ]
    assert graph.slots(PIXEL) == 10 + 8


def test_refuses_too_few_levels():
    with pytest.raises(ValueError, match=r"^9 numbers of either sign take 4 levels, got 3$"):
        adder_graph(signs(2, 9), PIXEL, 3)
