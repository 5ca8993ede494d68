"""How scales sink through each op, and what pays for them where they cannot."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine, Padding, PiecewiseAffine
from binloom.compiler.ir.shapes import same
from binloom.compiler.lower.pooling import multipliers
from binloom.compiler.passes.sink_scales import sink_scales
from tests.passes.compare import assert_equal, assert_results, ops, random_images

SIGNS = np.random.default_rng(0).choice([-1, 1], (3, 3, 2, 2))
DENSE = np.random.default_rng(1).integers(-9, 10, (8, 3))


def checked(graph, seed=1):
    """The graph after the pass, once its results have been compared."""
    after = sink_scales(graph)
    assert_results(graph, after, random_images(graph, 5, seed))
    return after


def scaled(shape=(4, 4, 2), mul=Fraction(1, 255), add=Fraction(0), lo=0, hi=255):
    b = GraphBuilder()
    return b, b.scale(b.input(shape, lo, hi), np.full(shape[2], mul), np.full(shape[2], add))


def test_pixel_scale_vanishes_at_the_output():
    b, x = scaled()
    x = b.max_pool(b.conv(x, SIGNS, padding="same"), (2, 2))
    after = checked(b.output(b.dense(b.flatten(x), DENSE)))
    assert ops(after) == ["Conv", "MaxPool", "Reshape", "Dense"]
    assert after.meta["outputs"]["logits"] == {"scale": "1/255", "offset": "0"}


def test_bias_takes_as_few_binary_places_as_the_order_needs():
    b, x = scaled((1, 1, 2))
    x = b.dense(x, np.array([[1, -1, 2], [3, 1, -1]]))
    x = b.scale(x, np.full(3, Fraction(1)), rationals([0.5 / 255, 0.25 / 255, 0.75 / 255]))
    after = checked(b.output(x))
    assert after["dense_1_fixed"].op.mul.tolist() == [4, 4, 4]
    assert after["dense_1_fixed"].op.add.tolist() == [2, 1, 3]


def test_whole_bias_takes_none():
    b, x = scaled((1, 1, 2))
    x = b.scale(b.dense(x, np.array([[1, -1], [3, 1]])), np.full(2, Fraction(1)), rationals([4, -2]))
    after = checked(b.output(x))
    assert after["dense_1_fixed"].op.add.tolist() == [4 * 255, -2 * 255]
    assert after["dense_1_fixed"].op.mul.tolist() == [1, 1]


def test_common_offset_of_a_result_is_only_noted():
    b, x = scaled((1, 1, 3), Fraction(1, 2), Fraction(7, 3))
    after = checked(b.output(x))
    assert ops(after) == []
    assert after.meta["outputs"]["logits"] == {"scale": "1/2", "offset": "7/3"}


def test_single_result_keeps_its_zero():
    b, x = scaled((1, 1, 1), Fraction(1, 2), Fraction(-7, 3))
    before = b.output(x)
    after = sink_scales(before)
    assert_results(before, after, np.arange(256).reshape(-1, 1, 1, 1))
    assert after.meta["outputs"]["logits"]["offset"] == "0"
    assert after["image_fixed"].op.add.tolist() == [-4]  # p / 2 - 7 / 3 > 0 is p - 4 > 0


def test_falling_result_is_turned():
    b, x = scaled((1, 1, 3), Fraction(-1, 3))
    after = checked(b.output(x))
    assert after["image_fixed"].op.mul.tolist() == [-1, -1, -1]


def test_offset_goes_through_a_convolution_without_border():
    b, x = scaled(add=Fraction(-1, 2))
    before = b.output(b.sign(b.conv(x, SIGNS)))
    after = sink_scales(before)
    assert ops(after) == ["Conv", "Scale", "Sign"]
    assert_equal(before, after, random_images(before, 6, 2))


def test_offset_before_a_border_of_zeros_becomes_part_of_the_pixels():
    b, x = scaled(mul=Fraction(2, 255), add=Fraction(-1))
    before = b.output(b.sign(b.conv(x, SIGNS, padding="same")))
    after = sink_scales(before)
    fixed = after["image_fixed"].op
    assert isinstance(fixed, Affine)
    assert fixed.mul.tolist() == [2, 2]
    assert fixed.add.tolist() == [-255, -255]
    assert_equal(before, after, random_images(before, 6, 3))


def test_signs_of_a_scale_go_into_the_kernel():
    b = GraphBuilder()
    x = b.scale(b.input((4, 4, 2)), rationals([Fraction(1, 3), Fraction(-1, 3)]))
    after = checked(b.output(b.dense(b.flatten(b.conv(x, SIGNS)), DENSE)))
    assert ops(after) == ["Conv", "Reshape", "Dense"]
    assert after["conv_1"].op.binary


def test_scale_a_channel_sinks_through_a_depthwise_convolution_only():
    b = GraphBuilder()
    x = b.scale(b.input((4, 4, 2)), rationals([Fraction(1, 3), Fraction(-2)]))
    x = b.depthwise(x, np.random.default_rng(3).choice([-1, 1], (3, 3, 2, 2)))
    after = checked(b.output(b.conv(x, np.ones((1, 1, 4, 2), np.int64))))
    assert ops(after) == ["Conv", "Affine", "Conv"]
    assert after["conv_1_fixed"].op.mul.tolist() == [1, 1, 6, 6]  # the signs went into the first kernel


def test_largest_becomes_smallest_under_a_negative_scale():
    b = GraphBuilder()
    x = b.scale(b.input((4, 4, 2)), rationals([Fraction(1, 2), Fraction(-1, 2)]), rationals([1, 5]))
    after = checked(b.output(b.max_pool(x, (3, 3), (2, 2), padding="same", name="pool")))
    assert after["pool"].op.minimum.tolist() == [False, True]


@pytest.mark.parametrize("add", [Fraction(0), Fraction(3, 2)])
def test_average_under_same_divides_by_what_exists(add):
    b, x = scaled((5, 4, 1), Fraction(1, 2), add)
    padding = same((3, 3), (2, 2), (5, 4, 1))
    assert padding == Padding(1, 1, 0, 1)
    rows, units = multipliers(np.array([2, 3, 2]))
    cols, more = multipliers(np.array([3, 2]))
    assert (rows.tolist(), cols.tolist(), units * more) == ([3, 2, 3], [2, 3], 36)
    x = b.sum_pool(x, (3, 3), (2, 2), rows=rows, cols=cols, padding=padding)
    x = b.scale(x, np.full(1, Fraction(1, units * more)))
    before = b.output(b.sign(b.scale(x, np.full(1, Fraction(1)), np.full(1, Fraction(-60)))))
    after = sink_scales(before)
    assert ops(after) == ["SumPool", "Scale", "Sign"]
    assert_equal(before, after, random_images(before, 9, 4))


def test_flatten_spreads_a_scale_over_its_elements():
    b = GraphBuilder()
    x = b.scale(b.input((2, 2, 2), -9, 9), rationals([Fraction(1, 3), Fraction(-2)]), rationals([1, Fraction(1, 5)]))
    before = b.output(b.sign(b.flatten(x)))
    after = sink_scales(before)
    assert ops(after) == ["Reshape", "Scale", "Sign"]
    assert_equal(before, after, random_images(before, 9, 5))


def test_branches_of_an_addition_meet_at_one_unit():
    b = GraphBuilder()
    x = b.input((2, 2, 2))
    y = b.scale(b.affine(x, [3, 5]), np.full(2, Fraction(1, 6)), rationals([1, 2]))
    after = checked(b.output(b.add(b.scale(x, np.full(2, Fraction(1, 4))), y)))
    factors = [node.op.mul.tolist() for node in after if node.name.endswith("_fixed")]
    assert factors[:2] == [[3, 3], [2, 2]]


def test_equal_branches_of_an_addition_need_nothing():
    b, x = scaled((2, 2, 2), Fraction(1, 7), Fraction(3))
    after = checked(b.output(b.add(b.max_pool(x, (1, 2), (1, 1), padding="same"), x)))
    assert ops(after) == ["MaxPool", "Add"]


def test_branches_side_by_side_keep_their_scales():
    b, x = scaled((2, 2, 2), Fraction(1, 7), Fraction(3))
    before = b.output(b.sign(b.concat(x, b.scale(x, rationals([-2, 3]), rationals([5, Fraction(-10, 3)])))))
    after = sink_scales(before)
    assert ops(after) == ["Concat", "Scale", "Sign"]
    assert_equal(before, after, random_images(before, 6, 6))


def test_slopes_change_sides_under_a_negative_scale():
    b = GraphBuilder()
    x = b.scale(b.input((1, 1, 2), -9, 9), rationals([Fraction(1, 3), Fraction(-1, 3)]))
    x = b.node(PiecewiseAffine(rationals([1, 1]), rationals([0, Fraction(1, 4)])), x, name="slopes")
    after = checked(b.output(b.dense(x, np.array([[1, 2], [3, -1]]))))
    assert after["slopes"].op.pos.tolist() == [1, 1]
    assert after["slopes"].op.neg.tolist() == [0, 4]


def test_ceiling_is_met_exactly():
    b, x = scaled((1, 1, 2), Fraction(1, 255), Fraction(-1, 4))
    after = checked(b.output(b.clip(x, 0, 6)))
    assert ops(after)[:2] == ["Affine", "Clip"]


def test_border_of_zeros_around_numbers_with_an_offset():
    b, x = scaled((3, 3, 2), Fraction(1, 2), Fraction(1, 3))
    after = checked(b.output(b.max_pool(b.pad(x, Padding(1, 1, 1, 1)), (2, 2))))
    assert ops(after) == ["Affine", "Pad", "MaxPool"]


def test_readers_share_the_affine_that_pays_for_them():
    b, x = scaled((3, 3, 2), Fraction(1, 2), Fraction(1, 3))
    left, right = (b.conv(x, SIGNS * s, padding="same") for s in (1, -1))
    after = checked(b.output(b.concat(left, right)))
    assert ops(after)[:3] == ["Affine", "Conv", "Conv"]


def test_scale_that_must_stay_is_rounded_and_noted():
    b = GraphBuilder()
    root = Fraction(2**0.5)
    x = b.scale(b.input((1, 1, 2), 0, 99), rationals([root, 1 / root]), rationals([root, 3]))
    before = b.output(b.dense(x, np.array([[1, 2, 3], [-1, 1, 2]])))
    after = sink_scales(before)
    assert after.meta["notes"] == ["image_fixed: a scale that has to stay is rounded to 24 significant bits"]
    mul = after["image_fixed"].op.mul
    assert int(mul.max()).bit_length() == 24
    unit = Fraction(after.meta["outputs"]["logits"]["scale"])
    assert [round(m / unit) for m in (root, 1 / root)] == mul.tolist()


def test_wide_numbers_are_rounded_after_the_factor():
    b = GraphBuilder()
    root = Fraction(2**0.5)
    x = b.scale(b.input((1, 1, 2), 0, 10**6), rationals([root, 1 / root]), rationals([root, 3]))
    before = b.output(b.dense(x, np.array([[1, 2, 3], [-1, 1, 2]])))
    after = sink_scales(before)
    fixed = after["image_fixed"]
    assert fixed.op.shift > 0
    assert int(fixed.op.mul.max()).bit_length() == 24
    images = random_images(before, 50, 8)
    want = run(before, images)["logits"]
    got = run(after, images)["logits"] * float(Fraction(after.meta["outputs"]["logits"]["scale"]))
    assert np.abs(got - want).max() < 2.0**-22 * np.abs(want).max()


def test_float_kernel_takes_in_what_its_inputs_owe():
    b = GraphBuilder()
    x = b.scale(b.input((1, 1, 3)), rationals([1, Fraction(1, 100), -10]), rationals([1, 2, 3]))
    kernel = np.array([[0.1, 0.2], [30.3, -20.2], [-0.07, 0.01]])
    after = sink_scales(b.output(b.dense(x, kernel, name="dense")))
    wanted = kernel * np.array([[1], [0.01], [-10]])
    step = np.abs(wanted).max() / 127
    assert np.array_equal(after["dense"].op.weights, np.rint(wanted / step))
    (note,) = after.meta["notes"]
    assert note.startswith("dense: float kernel quantised to 8 bits, one step for all, largest error 0.")


def test_float_kernel_before_a_sign_gets_a_step_a_filter():
    b = GraphBuilder()
    kernel = np.array([[0.13, 0.002], [-0.1, 0.0007]])
    after = sink_scales(b.output(b.sign(b.dense(b.input((1, 1, 2)), kernel, name="dense"))))
    assert after["dense"].op.weights.tolist() == [[127, 127], [-98, 44]]
    assert "one step a filter" in after.meta["notes"][0]


def test_numbers_that_would_grow_too_wide_are_narrowed():
    b = GraphBuilder()
    rng = np.random.default_rng(9)
    x = b.scale(b.input((1, 1, 8)), np.full(8, Fraction(1, 255)))
    for _ in range(9):
        x = b.dense(x, rng.integers(-127, 128, (8, 8)))
    before = b.output(x)
    after = sink_scales(before)
    assert any("so that sums stay narrow" in note for note in after.meta["notes"])
    images = random_images(before, 20, 7)
    want = run(before, images)["logits"].astype(float)
    got = run(after, images)["logits"] * float(Fraction(after.meta["outputs"]["logits"]["scale"]))
    assert np.abs(got - want).max() < 1e-3 * np.abs(want).max()


@pytest.mark.parametrize(("lo", "hi"), [(-9, -7), (2, 3), (-1, 2), (0, 2)])
def test_clip_to_values_that_never_occur_is_a_constant(lo, hi):
    b, x = scaled((1, 1, 2), Fraction(1, 300), lo=0, hi=255)
    checked(b.output(b.scale(b.clip(x, lo, hi), rationals([2, 3]))))


def test_bits_beside_wide_numbers_lose_nothing_to_them():
    b = GraphBuilder()
    rng = np.random.default_rng(11)
    x = b.input((1, 1, 2), 0, 10**9)
    wide = b.scale(b.dense(x, rng.integers(-9999, 9999, (2, 2))), np.full(2, Fraction(3, 10**13)))
    bits = b.sign(b.scale(x, rationals([1, 1]), rationals([-(10**8), -(5 * 10**8)])))
    root = Fraction(2**0.5)
    both = b.concat(bits, b.scale(wide, rationals([root, 1])))
    before = b.output(b.dense(both, np.array([[1, 2], [-1, 3], [1, -1], [2, 1]])))
    for kernel in (False, True):
        if kernel:
            before = b.output(b.dense(both, rng.normal(size=(4, 3))), "more")
        after = sink_scales(before)
        images = random_images(before, 50, 9)
        want, got = run(before, images), run(after, images)
        for name, says in after.meta["outputs"].items():
            error = np.abs(got[name] * float(Fraction(says["scale"])) - want[name]).max() / np.abs(want[name]).max()
            assert error < (2.0**-7 if name == "more" else 2.0**-21), (name, error)


def test_huge_factor_of_a_channel_that_is_always_zero_counts_for_nothing():
    b = GraphBuilder()
    x = b.conv(b.input((2, 2, 1)), np.array([0, 1]).reshape(1, 1, 1, 2))
    x = b.scale(x, rationals([1e30, 1.7e-3]), rationals([0.5, 0.25]))
    before = b.output(b.conv(x, SIGNS, padding="same"))
    after = sink_scales(before)
    images = random_images(before, 9, 10)
    want = run(before, images)["logits"]
    got = run(after, images)["logits"] * float(Fraction(after.meta["outputs"]["logits"]["scale"]))
    assert np.abs(got - want).max() < 2.0**-22 * np.abs(want).max()
