"""Where ops stand in a picture: nothing on top of anything else, branches beside each other."""

import numpy as np
import pytest

from binloom.sim.page.layout import layout

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}
DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b"], "e": ["d", "c"]}
SKIP = {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "a"]}


def test_a_chain_is_one_column():
    made = layout(CHAIN)
    assert list(made.rows.values()) == [0, 1, 2]
    assert set(made.tracks.values()) == {0}


def test_a_branch_stands_beside_the_longer_one():
    made = layout(DIAMOND)
    assert made.tracks == {"a": 0, "b": 0, "c": 1, "d": 0, "e": 0}
    assert made.rows["b"] == made.rows["c"] == 1
    assert made.edges["a", "c", 0] == made.edges["c", "e", 1] == 1


def test_a_stream_that_passes_by_has_a_rail():
    made = layout(SKIP)
    assert set(made.tracks.values()) == {0}
    assert made.edges["a", "d", 1] == 1
    assert list(made.wide) == [True, False]


def test_rails_are_taken_again():
    ops, last = {"a": []}, "a"
    for block in range(5):
        ops |= {f"b{block}": [last], f"c{block}": [f"b{block}"], f"d{block}": [f"c{block}", last]}
        last = f"d{block}"
    assert list(layout(ops).wide) == [True, False]


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs(seed):
    random = np.random.default_rng(seed)
    ops = {"0": []}
    for number in range(1, 25):
        count = min(number, random.choice([1, 1, 1, 2, 3]))
        ops[str(number)] = [str(source) for source in random.choice(number, count, replace=False)]
    made = layout(ops)
    places = [(made.rows[name], made.tracks[name]) for name in ops]
    assert len(set(places)) == len(places)  # no two ops in one place
    for start, end, port in made.edges:
        assert made.rows[start] < made.rows[end]
        for row in range(made.rows[start] + 1, made.rows[end]):  # nor an edge through an op
            assert (row, made.edges[start, end, port]) not in places
