"""Pieces of nodes: what is asked once of all that are alike is true of each."""

import numpy as np
import pytest

from binloom.compiler.design.design import units_of
from binloom.compiler.design.timing import cycles_of, response
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan import workshop
from binloom.compiler.plan.choices import Space
from binloom.compiler.plan.folds import Rates
from binloom.compiler.plan.workshop import Workshop
from binloom.compiler.targets.boards import device
from tests.plan import nets


def layers(count: int) -> Graph:
    """Equal convolutions of bits, one behind the other."""
    b = GraphBuilder("layers")
    x = b.input((4, 4, 4))
    for layer in range(count):
        rng = np.random.default_rng(layer)
        x = b.threshold(x, rng.integers(-9, 9, 4), np.zeros(4, bool), name=f"sign{layer}")
        x = b.conv(x, nets.signs(rng, 3, 3, 4, 4), padding="same", name=f"conv{layer}")
    return b.output(x)


def codes() -> Graph:
    """Two convolutions of other codes and coefficients each."""
    b = GraphBuilder("codes")
    x = b.input((4, 4, 4), -8, 7)
    for layer in range(2):
        rng = np.random.default_rng(layer)
        x = b.threshold(x, 0, name=f"sign{layer}")
        coefficients = rng.integers(-127, 128, (8, 4))
        x = b.ovsf(
            x, coefficients, (2, 2), codes=rng.permutation(16)[:8], length=16, padding="same", name=f"flex{layer}"
        )
    return b.output(x)


class Kept(Workshop):
    """A workshop that keeps what it gave."""

    def __init__(self) -> None:
        super().__init__(device("ecp5-12f"))
        self.given: list = []

    def piece(self, node, fold, maps):
        self.given.append(super().piece(node, fold, maps))
        return self.given[-1]


@pytest.mark.parametrize("net", [lambda: layers(3), codes, nets.depthwise, nets.forked, nets.heavy])
def test_nodes_of_equal_shapes_move_alike(net) -> None:
    shop = Kept()
    Space(net(), shop, Rates((2_000, 500, 100), ("logic", "rom")), timed=True)
    assert len(shop.given) > 20
    for piece in shop.given:
        units = units_of(piece.stages)
        if units:
            assert shop.cycles(piece) == max(map(cycles_of, units))
            assert shop.response(piece) == response(units[-1])


def test_layers_of_one_shape_are_timed_once(monkeypatch) -> None:
    counts = []
    for count in (3, 6):
        calls: list[int] = []
        monkeypatch.setattr(workshop, "cycles_of", lambda unit, calls=calls: calls.append(1) or cycles_of(unit))
        Space(layers(count), Workshop(device("ecp5-12f")), Rates((100,)))
        counts.append(len(calls))
    assert counts[0] == counts[1] > 0
