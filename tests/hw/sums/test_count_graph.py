"""Counts that rows share: exact, in time, and fewer full adders than rows by themselves take."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.sums.count_graph import HEIGHT, count_graph, count_levels, halves


def signs(rows: int, inputs: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1, 1], (rows, inputs))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows=st.integers(1, 12), inputs=st.integers(1, 40), share=st.floats(0, 1), seed=st.integers(0, 999))
def test_any_rows(rows, inputs, share, seed):
    rng = np.random.default_rng(seed)
    chosen = rng.random((rows, inputs)) < share
    graph = count_graph(chosen)
    bits = rng.integers(0, 2, (9, inputs))
    bits[0], bits[1] = 0, 1
    assert np.array_equal(graph.counts(bits), bits @ chosen.T)
    assert len(graph.levels) <= count_levels(inputs)
    assert max((len(column) for row in graph.rows for column in row), default=0) <= HEIGHT


@pytest.mark.parametrize(("rows", "inputs"), [(1, 1), (1, 8), (5, 9), (32, 144)])
def test_halves(rows, inputs):
    matrix = signs(rows, inputs)
    side, flip, chosen = halves(matrix)
    assert np.array_equal(np.outer(side, flip) * (1 - 2 * chosen), matrix)
    assert 2 * chosen.sum() <= matrix.size


def test_a_triple_of_all_rows_is_made_once():
    graph = count_graph(np.ones((7, 6), bool))
    assert [len(level) for level in graph.levels] == [2]


def test_cost():
    *_, chosen = halves(signs(32, 144))
    graph = count_graph(chosen)
    alone = sum(int(row.sum()) for row in chosen)
    assert sum(len(level) for level in graph.levels) < 0.65 * alone
    assert graph == count_graph(chosen)


def test_levels():
    assert [count_levels(bits) for bits in (1, 4, 5, 7, 8, 144)] == [0, 0, 1, 1, 1, 7]
