"""The interpreter against the plain loops of `reference.py`, op by op and on random graphs."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run, trace
from binloom.compiler.ir.ops import Fill, Padding
from tests.ir import reference
from tests.ir.random_graphs import graphs, random_images


def demand_equal(graph: Graph, images: np.ndarray, *, exact: bool = False) -> None:
    """Every node of every frame equals the reference's, and lies within its element."""
    traced = trace(graph, images, exact=exact)
    for frame, image in enumerate(images):
        for name, expected in reference.evaluate(graph, image).items():
            got = traced[name][frame]
            element = graph[name].tensor.element
            number = got.astype(int) * 2 - 1 if got.dtype == np.uint8 and element is not None and element.bit else got
            wrong = np.argwhere(number != expected)
            assert not len(wrong), (
                f"{name}, frame {frame}, at {tuple(wrong[0])}: got {number[tuple(wrong[0])]}, "
                f"expected {expected[tuple(wrong[0])]}, {graph[name].op}"
            )
            if element is not None:
                assert element.lo <= number.min(), name
                assert number.max() <= element.hi, name


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(graph=graphs(side=6, channels=5), seed=st.integers(0, 1000))
def test_random_graphs(graph: Graph, seed: int) -> None:
    demand_equal(graph, random_images(graph, seed, 3))


BITS, INTEGERS, UNSIGNED = "bits", "integers", "unsigned"


def source(builder: GraphBuilder, kind: str, shape: tuple[int, int, int]) -> str:
    """A tensor of that kind to feed the op under test."""
    lo, hi = {BITS: (-3, 3), INTEGERS: (-128, 127), UNSIGNED: (0, 255)}[kind]
    x = builder.input(shape, lo, hi)
    return builder.threshold(x, 0) if kind == BITS else x


PADDINGS = {
    "none": Padding(),
    "one side": Padding(0, 1, 1, 0),
    "all zero": Padding(1, 1, 1, 1),
    "all plus": Padding(1, 1, 1, 1, Fill.PLUS_ONE),
    "all minus": Padding(1, 1, 0, 1, Fill.MINUS_ONE),
}


@pytest.mark.parametrize("kind", [BITS, INTEGERS, UNSIGNED])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (3, 1)])
def test_conv_paddings_and_strides(kind: str, padding: str, stride: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    for size in ((1, 1), (2, 3), (3, 3)):
        builder = GraphBuilder()
        x = source(builder, kind, (5, 6, 3))
        weights = random.choice([-1, 1], (*size, 3, 4))
        graph = builder.output(builder.conv(x, weights, stride=stride, padding=PADDINGS[padding]))
        demand_equal(graph, random_images(graph, 1, 2))


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kind", [BITS, INTEGERS])
def test_conv_same_with_each_kernel(kind: str, size: int, stride: int) -> None:
    builder = GraphBuilder()
    x = source(builder, kind, (7, 5, 2))
    weights = np.random.default_rng(size).choice([-1, 1], (size, size, 2, 3))
    graph = builder.output(builder.conv(x, weights, stride=(stride, stride), padding="same", bias=[1, -2, 3]))
    demand_equal(graph, random_images(graph, 2, 2))


@pytest.mark.parametrize("kind", [BITS, INTEGERS])
@pytest.mark.parametrize(("dilation", "padding"), [((2, 1), "same"), ((2, 3), "same"), ((1, 2), Padding())])
def test_conv_dilated(kind: str, dilation: tuple[int, int], padding: str | Padding) -> None:
    builder = GraphBuilder()
    x = source(builder, kind, (7, 8, 2))
    weights = np.random.default_rng(0).integers(-4, 5, (3, 3, 2, 3))
    graph = builder.output(builder.conv(x, weights, dilation=dilation, padding=padding))
    demand_equal(graph, random_images(graph, 3, 2))


@pytest.mark.parametrize("kind", [BITS, INTEGERS])
@pytest.mark.parametrize(("groups", "inputs", "outputs"), [(2, 4, 6), (3, 3, 3), (3, 3, 6), (4, 4, 20), (1, 5, 1)])
@pytest.mark.parametrize("stride", [1, 2])
def test_conv_in_groups(kind: str, groups: int, inputs: int, outputs: int, stride: int) -> None:
    builder = GraphBuilder()
    x = source(builder, kind, (5, 9, inputs))
    weights = np.random.default_rng(groups).choice([-1, 1], (3, 2, inputs // groups, outputs))
    graph = builder.output(builder.conv(x, weights, stride=(1, stride), padding="same", groups=groups))
    demand_equal(graph, random_images(graph, 4, 2))


@pytest.mark.parametrize("channels", [1, 7, 63, 64, 65, 130])
@pytest.mark.parametrize("fill", list(Fill))
def test_conv_over_bits_packs_any_number_of_channels(channels: int, fill: Fill) -> None:
    builder = GraphBuilder()
    x = source(builder, BITS, (3, 3, channels))
    weights = np.random.default_rng(channels).choice([-1, 1], (3, 3, channels, 2))
    graph = builder.output(builder.conv(x, weights, padding=Padding(1, 1, 1, 1, fill)))
    demand_equal(graph, random_images(graph, 5, 2))


@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("kind", [BITS, INTEGERS])
def test_dense(kind: str, n: int) -> None:
    random = np.random.default_rng(n)
    for weights in (random.choice([-1, 1], (n, 5)), random.integers(-99, 99, (n, 3))):
        builder = GraphBuilder()
        x = source(builder, kind, (1, 1, n))
        graph = builder.output(builder.dense(x, weights, bias=random.integers(-9, 9, weights.shape[1])))
        demand_equal(graph, random_images(graph, 6, 3))


@pytest.mark.parametrize("kind", [BITS, INTEGERS, UNSIGNED])
@pytest.mark.parametrize("minimum", [False, True])
@pytest.mark.parametrize(("size", "stride"), [((2, 2), (2, 2)), ((4, 4), (2, 2)), ((3, 1), (1, 2)), ((1, 3), (3, 3))])
@pytest.mark.parametrize("padding", ["same", Padding()])
def test_max_pool(kind: str, minimum: bool, size, stride, padding) -> None:
    builder = GraphBuilder()
    x = source(builder, kind, (7, 5, 3))
    chosen = [True, False, True] if minimum else None
    graph = builder.output(builder.max_pool(x, size, stride, padding=padding, minimum=chosen))
    demand_equal(graph, random_images(graph, 7, 3))


@pytest.mark.parametrize("kind", [BITS, INTEGERS])
@pytest.mark.parametrize(("size", "stride"), [((2, 2), (2, 2)), ((3, 3), (2, 1)), ((7, 5), (1, 1))])
@pytest.mark.parametrize("padding", ["same", Padding()])
def test_sum_pool(kind: str, size, stride, padding) -> None:
    builder = GraphBuilder()
    x = source(builder, kind, (7, 5, 2))
    height, width, _ = builder.shape(builder.sum_pool(x, size, stride, padding=padding, name="probe"))
    del builder.nodes["probe"]
    factors = {"rows": np.arange(1, height + 1), "cols": np.arange(2, width + 2)}
    graph = builder.output(builder.sum_pool(x, size, stride, padding=padding, **factors))
    demand_equal(graph, random_images(graph, 8, 3))


def test_max_pool_pads_with_nothing_even_where_all_is_negative() -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.max_pool(builder.input((3, 3, 1), -9, -1), (4, 4), (2, 2), padding="same"))
    found = run(graph, np.full((1, 3, 3, 1), -5))["logits"]
    assert (found == -5).all()


def test_elementwise_ops() -> None:
    builder = GraphBuilder()
    x = builder.input((3, 2, 4), -128, 127)
    bits = builder.threshold(x, [0, -5, 200, -129], [False, True, False, True])
    scaled = builder.affine(x, [3, -7, 0, 1], [1, -2, 5, 0], 2)
    bent = builder.piecewise(scaled, [1, 2, -1, 0], [0, -1, 3, 1])
    clipped = builder.clip(bent, -20, 31)
    both = builder.concat(builder.add(bits, clipped, x), bits)
    builder.output(builder.pad(both, Padding(1, 0, 2, 1, Fill.MINUS_ONE)), "padded")
    builder.output(builder.pad(bits, Padding(1, 0, 0, 1, Fill.PLUS_ONE)), "bits")
    vector = builder.reshape(clipped, (1, 1, 24))
    graph = builder.output(builder.argmax(vector, 5), "best")
    demand_equal(graph, random_images(graph, 9, 4))


def test_argmax_prefers_the_lowest_index() -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.argmax(builder.input((1, 1, 5)), 5))
    found = run(graph, np.array([[[[7, 9, 9, 0, 7]]], [[[1, 1, 1, 1, 1]]]]))["logits"]
    assert found[:, 0, 0].tolist() == [[1, 2, 0, 4, 3], [0, 1, 2, 3, 4]]


@pytest.mark.parametrize("largest", [1 << 8, 1 << 16, 1 << 30, 1 << 45, 1 << 52, 1 << 60, 1 << 80])
def test_products_are_exact_at_every_size(largest: int) -> None:
    """Each size takes another road: float32, float64, int64, Python's integers."""
    random = np.random.default_rng(0)
    builder = GraphBuilder()
    bits = min(largest.bit_length() // 2, 40)
    x = builder.input((1, 1, 7), -(1 << bits), 1 << bits)
    limit = min(largest >> bits, 1 << 62)
    weights = random.integers(-limit, limit, (7, 3), endpoint=True)
    images = random.choice([-(1 << bits), (1 << bits) - 1, 1 << bits], (5, 1, 1, 7))
    found = trace(_uninferred(builder, x, weights), images)["dense"]
    expected = images[:, 0, 0].astype(object) @ weights.astype(object)
    assert (found[:, 0, 0] == expected).all()


def _uninferred(builder: GraphBuilder, x: str, weights: np.ndarray) -> Graph:
    """The graph without intervals, which would refuse what needs more than 62 bits."""
    builder.dense(x, weights, name="dense")
    return Graph("net", tuple(builder.nodes.values()))


def test_batches_make_no_difference() -> None:
    builder = GraphBuilder()
    x = builder.conv(builder.input((6, 6, 1)), np.ones((3, 3, 1, 4), np.int64))
    graph = builder.output(x)
    images = random_images(graph, 10, 11)
    whole = run(graph, images)["logits"]
    assert whole.dtype == np.int64
    for batch in (1, 2, 11, 50):
        assert (run(graph, images, batch=batch)["logits"] == whole).all()
    assert run(graph, images[:0])["logits"].shape == (0, 4, 4, 4)


def real_graph() -> Graph:
    builder = GraphBuilder()
    x = builder.scale(builder.input((5, 4, 2)), Fraction(1, 255), [Fraction(-1, 3), Fraction(0)])
    x = builder.conv(x, np.random.default_rng(3).choice([-1, 1], (3, 3, 2, 3)), padding="same")
    x = builder.piecewise(x, [Fraction(1), Fraction(1, 3), Fraction(-2, 7)], Fraction(1, 10))
    x = builder.scale(x, [Fraction(3, 7), Fraction(-1, 9), Fraction(0)], Fraction(1, 100))
    builder.output(builder.sign(x, -1), "bits")
    builder.output(builder.clip(x, -1, Fraction(1, 2)), "clipped")
    x = builder.max_pool(x, (2, 2), padding="same", minimum=[False, True, False])
    weights = np.random.default_rng(4).normal(size=(18, 4))
    return builder.output(builder.dense(builder.flatten(x), weights, bias=[0.5, -1.0, 2.0, 0.0]))


def test_real_ops_exactly() -> None:
    graph = real_graph()
    demand_equal(graph, random_images(graph, 11, 3), exact=True)
    assert graph["logits"].tensor.element is None


def test_real_ops_in_float64() -> None:
    graph = real_graph()
    images = random_images(graph, 12, 3)
    exact, floating = run(graph, images, exact=True), run(graph, images)
    for name in ("logits", "clipped"):
        assert floating[name].dtype == np.float64
        assert np.abs(floating[name] - exact[name].astype(float)).max() < 1e-12


def test_clip_between_fractions_is_real() -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.clip(builder.input((2, 2, 3)), 0, Fraction(13, 2)))
    assert graph["logits"].tensor.element is None
    images = np.arange(12).reshape(1, 2, 2, 3)
    assert run(graph, images)["logits"].tolist() == np.minimum(images, 6.5).tolist()
    assert run(graph, images, exact=True)["logits"].max() == Fraction(13, 2)


@pytest.mark.parametrize("tie", [-1, 1])
def test_sign_of_zero(tie: int) -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.sign(builder.input((1, 1, 3), -1, 1), tie))
    assert run(graph, np.array([[[[-1, 0, 1]]]]))["logits"].ravel().tolist() == [0, tie == 1, 1]


def test_bounds_beyond_what_the_values_dtype_holds() -> None:
    lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    bound = [lowest, lowest + 1, -40000, -32768, -32767, -7, 0, 7, 32767, 32768, 40000, highest]
    for lo, hi in ((-32767, 32767), (-32768, 32767), (-3, 3), (-(1 << 40), 1 << 40)):
        builder = GraphBuilder()
        graph = builder.output(builder.threshold(builder.input((1, 1, 12), lo, hi), bound))
        values = [lo, lo + 1, -1, 0, 1, hi - 1, hi]
        images = np.repeat(np.array(values), 12).reshape(-1, 1, 1, 12)
        assert run(graph, images)["logits"][:, 0, 0].tolist() == [[int(x >= b) for b in bound] for x in values]


def test_integers_are_no_objects_where_only_products_of_different_channels_would_be_large() -> None:
    """Each channel's products fit in 62 bits; the largest x of one with the largest multiplier of another do not."""
    builder = GraphBuilder()
    x = builder.affine(builder.input((1, 1, 2)), [1 << 40, 1], name="large")
    x = builder.affine(x, [1, 1 << 40], name="swapped")
    graph = builder.output(builder.affine(x, 1, 0, 40, name="small"))
    images = np.array([[[[3, 5]]], [[[255, 0]]]])
    for found in (run(graph, images)["logits"], run(graph, images[:0])["logits"]):
        assert found.dtype == np.int64
    assert run(graph, images)["logits"].tolist() == images.tolist()
    assert trace(graph, images)["swapped"].dtype == np.int64


FRAMES = {
    "random": lambda random, lo, hi: random.integers(lo, hi + 1, (4, 5, 1)),
    "lowest": lambda random, lo, hi: np.full((4, 5, 1), lo),
    "highest": lambda random, lo, hi: np.full((4, 5, 1), hi),
    "ends": lambda random, lo, hi: random.choice([lo, hi], (4, 5, 1)),
    "one apart": lambda random, lo, hi: np.where(np.arange(20).reshape(4, 5, 1) == 7, hi, lo),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("lo", "hi"), [(0, 255), (100, 101), (0, 6)])
def test_tables_of_frames(frame: str, lo: int, hi: int) -> None:
    image = FRAMES[frame](np.random.default_rng(3), lo, hi)[np.newaxis]
    for places, bits in ((5, 8), (0, 2), (15, 16), (4, 5)):
        builder = GraphBuilder()
        x = builder.input((4, 5, 1), lo, hi)
        demand_equal(builder.output(builder.standardise(builder.equalise(x), places, bits)), image)


def test_tables_of_frames_by_hand() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 4, 1))
    spread = builder.equalise(x)
    builder.output(spread, "spread")
    graph = builder.output(builder.standardise(x, 4), "standard")
    images = np.array([[10, 10, 20, 30], [7, 7, 7, 7], [0, 0, 0, 255]]).reshape(3, 1, 4, 1)
    found = run(graph, images)
    # Of two pixels above the least one, one is at most 20: half of 255, rounded up.
    assert found["spread"].reshape(3, 4).tolist() == [[0, 0, 128, 255], [7, 7, 7, 7], [0, 0, 0, 255]]
    # n * squares - sum**2 = 4 * 1500 - 70**2 = 1100, whose root is 33; (40 - 70) * 16 / 33 = -14.5.
    assert found["standard"].reshape(3, 4)[0].tolist() == [-15, -15, 5, 24]
    assert found["standard"].reshape(3, 4)[1].tolist() == [0, 0, 0, 0]


def test_luminance_keeps_black_and_white() -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.luminance(builder.input((1, 4, 3))), "y")
    images = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0]]).reshape(1, 1, 4, 3)
    assert run(graph, images)["y"].ravel().tolist() == [0, 255, 77, 149]
    assert str(graph["luminance"].tensor) == "1x4x1 u8[0, 255]"
