"""Convolutions of codes in whole networks: stored, transformed and generated give the same numbers, in time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.fold import Fold, check_fold
from binloom.compiler.design.timing import predict
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.sim import verilator
from tests.compiler.bench import check_network, check_verilog, folded

FRAMES = 3


def net(bits: bool, *, side: int = 5, size: int = 2, channels: int = 4, outputs: int = 4, count: int = 4, **options):
    """A convolution of random codes behind a sign or behind pixels, with its border."""
    rng = np.random.default_rng(count)
    length = 1 << (size * size * channels - 1).bit_length()
    b = GraphBuilder("net")
    x = b.input((side, side, channels), -8, 7)
    x = b.threshold(x, 0, name="sign") if bits else x
    coefficients = rng.integers(-127, 128, (count, outputs))
    settings = {"codes": rng.permutation(length)[:count], "length": length, "padding": "same", **options}
    return b.output(b.ovsf(x, coefficients, (size, size), name="flex", **settings))


FOLDS = [
    Fold(4, 8, 2),
    Fold(4, 8, 2, storage="rom", pixels=5),
    Fold(4, 8, 2, kernel="transformed", codes=2),
    Fold(2, 4, 2, kernel="transformed", codes=4, storage="rom"),
    Fold(4, 16, 4, kernel="transformed", codes=4),
    Fold(4, 8, 2, kernel="generated"),
    Fold(1, 4, 1, kernel="generated", codes=2, share=50, storage="rom"),
    Fold(2, 8, 2, kernel="generated", codes=4, share=100),
]


@pytest.mark.parametrize("bits", [True, False], ids=["bits", "integers"])
@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.told(True))
def test_every_way_equals_the_interpreter_in_the_time_foretold(fold: Fold, bits: bool) -> None:
    graph = net(bits)
    made = folded(graph, {"flex": fold}, 400)
    check_network(graph, made, stall=0.3)
    result = check_network(graph, made, frames=FRAMES)
    ((port, map),) = made.netlist.output_maps.items()
    last = np.array(result.cycles[port]).reshape(FRAMES, map.beats)[:, -1]
    assert last[-1] - last[-2] == predict(made.netlist, made.units).cycles


@pytest.mark.parametrize(
    "fold", [fold for fold in FOLDS if fold.kernel == "generated"], ids=lambda fold: fold.told(True)
)
def test_a_generated_array_is_given_the_kernel_that_its_recipe_makes(fold: Fold) -> None:
    array = next(
        stage.block for stage in folded(net(True), {"flex": fold}, 400).netlist.stages if stage.name == "flex_array"
    )
    assert (array.weights == array.recipe.kernel).all()


@pytest.mark.slow
@pytest.mark.parametrize("bits", [True, False], ids=["bits", "integers"])
@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.told(True))
def test_every_way_in_verilator(fold: Fold, bits: bool) -> None:
    graph = net(bits)
    check_network(graph, folded(graph, {"flex": fold}, 400), stall=0.3, simulate=verilator.simulate)


def test_two_of_them_as_verilog(tmp_path: Path) -> None:
    b = GraphBuilder("two")
    rng = np.random.default_rng(2)
    x = b.threshold(b.input((6, 6, 2), -8, 7), 0)
    x = b.ovsf(x, rng.integers(-127, 128, (8, 4)), (2, 2), padding="same", name="first")
    x = b.threshold(x, 0)
    x = b.ovsf(x, rng.integers(-127, 128, (3, 4)), (3, 3), codes=[60, 9, 2], length=64, stride=(2, 2), name="second")
    check_verilog(b.output(x), tmp_path / "build", CompileOptions(cycles=100))


@st.composite
def cases(draw) -> tuple[Graph, Fold]:
    """Any size of kernel, from one code to all, coefficients at their ends, and a fold of any kind."""
    size, channels = draw(st.sampled_from([(1, 1), (1, 2), (2, 2), (3, 1), (2, 3)])), draw(st.sampled_from([1, 2, 4]))
    inputs = size[0] * size[1] * channels
    length = 1 << (inputs - 1).bit_length()
    count, outputs = draw(st.integers(1, length)), draw(st.sampled_from([1, 2, 4]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    b = GraphBuilder("net")
    x = b.input((4, 5, channels), -128, 127)
    x = b.threshold(x, 0, name="sign") if draw(st.booleans()) else x
    limit = draw(st.sampled_from([1, 127]))
    coefficients = rng.choice([-limit, limit], (count, outputs))
    codes = rng.permutation(length)[:count]
    graph = b.output(b.ovsf(x, coefficients, size, codes=codes, length=length, padding="same", name="flex"))
    divides = [n for n in range(1, count + 1) if count % n == 0]
    kind = draw(st.sampled_from(["transformed", "generated", "stored"]))
    fold = Fold(channels, inputs, draw(st.sampled_from([n for n in (1, 2, 4) if outputs % n == 0])), kernel=kind)
    if kind != "stored":
        fold = Fold(channels, inputs, fold.pe, kernel=kind, codes=draw(st.sampled_from(divides)))
    if kind == "generated" and fold.pe == outputs:
        fold = Fold(channels, inputs, outputs)
    return graph, fold


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_any_shape(case: tuple[Graph, Fold]) -> None:
    graph, fold = case
    check_network(graph, folded(graph, {"flex": fold}, 100), frames=2, stall=0.2)


@pytest.mark.parametrize("value", [-8, 7])
@pytest.mark.parametrize("length", [1, 64, 4096])
def test_extremes_are_within_the_element(length: int, value: int) -> None:
    """All -1 and all +1 at every coefficient's end: nothing is narrower than what can come."""
    channels = max(1, length // 4)
    b = GraphBuilder("net")
    x = b.threshold(b.input((2, 2, channels), -8, 7), 0)
    size = (2, 2) if length > 1 else (1, 1)
    codes = range(min(length, 8))
    graph = b.output(b.ovsf(x, np.full((len(codes), 2), [127, -127]), size, codes=np.array(codes), length=length))
    got = run(graph, np.full((1, 2, 2, channels), value))["logits"]
    one, element = 127 * length * (1 if value > 0 else -1), graph["logits"].tensor.element
    assert got.ravel()[:2].tolist() == [one, -one]
    assert element is not None
    assert element.lo <= got.min()
    assert got.max() <= element.hi


@pytest.mark.parametrize(
    ("fold", "says"),
    [
        (Fold(4, 8, 2, codes=2), "flex: codes must be 1, no code being worked on (1), got 2"),
        (Fold(4, 8, 2, kernel="transformed", codes=3), "flex: codes must divide its codes (4), got 3"),
        (
            Fold(4, 8, 2, kernel="transformed", pixels=5),
            "flex: pixels must be 1, its kernel being transformed (1), got 5",
        ),
        (
            Fold(4, 16, 4, kernel="transformed", codes=4, storage="ram"),
            "flex: coefficients that all meet in one cycle are constants, and cannot be in ram",
        ),
        (
            Fold(4, 8, 4, kernel="generated"),
            "flex: a generated kernel takes several turns of pe, and a whole number of stored codes",
        ),
        (
            Fold(4, 8, 2, kernel="generated", storage="ram"),
            "flex: coefficients of a generated kernel must be in logic or rom, got ram",
        ),
        (
            Fold(4, 8, 2, kernel="generated", codes=4, share=50),
            "flex: codes must divide its stored codes (2), got 4",
        ),
    ],
)
def test_rules_of_a_fold(fold: Fold, says: str) -> None:
    node = net(True)["flex"]
    with pytest.raises(InputError) as caught:
        check_fold(node, fold, ((5, 5, 4),))
    assert str(caught.value) == says


def test_places_that_do_not_fall_apart_take_the_whole_kernel() -> None:
    node = net(True, size=3, channels=3, count=5)["flex"]
    check_fold(node, Fold(3, 27, 2, kernel="transformed", codes=5), ((5, 5, 3),))
    with pytest.raises(InputError, match="simd must be the whole of its kernel"):
        check_fold(node, Fold(3, 9, 2, kernel="transformed", codes=5), ((5, 5, 3),))


def test_only_codes_have_such_kernels() -> None:
    node = net(True)["sign"]
    with pytest.raises(InputError, match=r"^sign: kernel must be stored, being no sum of codes, got transformed$"):
        check_fold(node, Fold(4, kernel="transformed"), ((5, 5, 4),))
    for wrong in ({"kernel": "made"}, {"share": 50}, {"share": 25, "kernel": "generated"}):
        with pytest.raises(InputError):
            Fold(**wrong)
