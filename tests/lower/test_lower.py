"""Details of lowering: names, input scales, ties, paddings, orders of channels."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Conv, Fill, Pad, Padding, Scale, Sign, SumPool
from binloom.compiler.ir.rules import check
from binloom.compiler.ir.shapes import same
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.lower.names import LONGEST, identifier
from binloom.compiler.passes import run_passes
from tests.lower.by_hand import bn, chain, conv, layer, quant_conv


def only(graph, kind):
    (node,) = (node for node in graph if isinstance(node.op, kind))
    return node


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv2d_1", "conv2d_1"),
        ("outer/conv 1", "outer_conv_1"),
        ("3x3", "n3x3"),
        ("output", "output_layer"),
        ("Reg", "Reg_layer"),
        ("clk", "clk_layer"),
        ("größe", "gr_e"),
        ("///", "layer"),
    ],
)
def test_names_are_identifiers(name, expected):
    assert identifier(name) == expected


def test_long_names_are_shortened_and_stay_apart():
    names = [identifier("block/" * 40 + end) for end in "ab"]
    start = "block_block_block_block_block_block_blo"
    assert names == [f"{start}_3d826460", f"{start}_abd7ebca"]
    assert identifier("x" * LONGEST) == "x" * LONGEST
    graph = lower(chain((8, 8, 1), conv(1, name="x" * 200), conv(1, name="x" * 201)))
    assert max(len(node.name) for node in graph) <= LONGEST + len("_output")
    check(graph, integer=False)


def test_names_that_become_equal_are_told_apart():
    graph = lower(chain((8, 8, 1), conv(1, name="a b"), conv(1, name="a/b"), conv(1, name="A_B")))
    assert [node.name for node in graph if isinstance(node.op, Conv)] == ["a_b", "a_b_2", "A_B_3"]
    check(graph, integer=False)


@pytest.mark.parametrize(
    ("layers", "options", "scale", "origin"),
    [
        ([], LowerOptions(), "1/255", "default"),
        ([], LowerOptions(Fraction(1, 242)), "1/242", "option"),
        ([layer("Rescaling", {"scale": 1 / 127.5, "offset": -1})], LowerOptions(), "1", "model"),
        ([layer("RandomFlip"), layer("Normalization", {"mean": 3.0, "variance": 4.0})], LowerOptions(), "1", "model"),
        ([layer("Normalization", {"mean": 0.5, "variance": 4.0})], LowerOptions(Fraction(1, 255)), "1/255", "option"),
    ],
)
def test_what_a_pixel_stands_for(layers, options, scale, origin):
    graph = lower(chain((4, 4, 1), *layers, layer("Flatten")), options)
    assert graph.meta["input"] == {"scale": scale, "offset": "0", "from": origin}


def test_rescaling_is_the_fraction_that_was_meant():
    graph = lower(chain((4, 4, 2), layer("Rescaling", {"scale": 1 / 127.5, "offset": -1}), layer("Flatten")))
    op = only(graph, Scale).op
    assert list(op.mul) == [Fraction(2, 255)] * 2
    assert list(op.add) == [-1, -1]


@pytest.mark.parametrize(
    ("length", "size", "stride", "expected"),
    [
        (32, 3, 2, (0, 1)),
        (7, 4, 2, (1, 2)),
        (28, 3, 1, (1, 1)),
        (5, 1, 3, (0, 0)),
        (5, 2, 1, (0, 1)),
        (1, 7, 3, (3, 3)),
    ],
)
def test_padding_same_gives_the_odd_one_to_the_end(length, size, stride, expected):
    assert same((size, 3), (stride, 2), (length, 32, 1)) == Padding(*expected, 0, 1)
    assert same((3, size), (2, stride), (32, length, 1)) == Padding(0, 1, *expected)


@pytest.mark.parametrize(("value", "fill"), [(0, Fill.ZERO), (1.0, Fill.PLUS_ONE), (-1, Fill.MINUS_ONE)])
def test_larq_pads_what_it_has_signed(value, fill):
    model = chain((5, 5, 1), quant_conv(padding="same", pad_values=value, input_quantizer="ste_sign"))
    graph = lower(model)
    assert [type(node.op).__name__ for node in graph] == ["Input", "Scale", "Sign", "Conv", "Output"]
    assert only(graph, Conv).op.padding == Padding(1, 1, 1, 1, fill)


def test_zero_padding_before_a_quantized_layer_becomes_ones():
    model = chain((5, 5, 1), layer("ZeroPadding2D"), quant_conv(input_quantizer="ste_sign"))
    assert [type(node.op) for node in lower(model)][2:5] == [Pad, Sign, Conv]
    integer = run_passes(lower(model))
    assert only(integer, Conv).op.padding == Padding(1, 1, 1, 1, Fill.PLUS_ONE)


@pytest.mark.parametrize(
    ("package", "kind", "config", "expected"),
    [
        ("larq", "QuantConv2D", {"kernel_quantizer": "ste_sign"}, 1),
        ("larq", "QuantConv2D", {"kernel_quantizer": {"class_name": "SwishSign", "config": {"beta": 5.0}}}, 1),
        ("cbcnn", "BinaryConv2D", {}, -1),
        ("binloom", "BinaryConv2D", {}, 1),
    ],
)
def test_weight_of_zero_is_what_the_dialect_says(package, kind, config, expected):
    config = {"filters": 1, "kernel_size": [1, 1], "use_bias": False, **config}
    graph = lower(chain((2, 2, 1), layer(kind, config, package, kernel=np.zeros((1, 1, 1, 1)))))
    assert only(graph, Conv).op.weights.item() == expected


@pytest.mark.parametrize(
    ("activation", "package", "tie"),
    [
        ("ste_sign", "keras", 1),
        ({"class_name": "SteSign", "config": {"clip_value": 1.0}}, "keras", 1),
        (
            {"module": "builtins", "class_name": "function", "config": "binary_tanh", "registered_name": "function"},
            "",
            -1,
        ),
        ("CBCNN>binary_tanh", "", -1),
    ],
)
def test_tie_of_an_activation_is_what_the_dialect_says(activation, package, tie):
    for each in (layer("Activation", {"activation": activation}), conv(activation=activation)):
        assert only(lower(chain((4, 4, 1), each)), Sign).op.tie == tie


def test_depthwise_channels_are_c_times_m_plus_m():
    kernel = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
    config = {"kernel_size": 1, "depth_multiplier": 3, "use_bias": False}
    graph = lower(
        chain(
            (1, 1, 2),
            layer("Reshape", {"target_shape": [1, 1, 2]}),
            layer("DepthwiseConv2D", config, depthwise_kernel=kernel),
        )
    )
    images = np.array([[[[255, 510 // 2]]]])
    assert run(graph, images)["depthwiseconv2d_output"].tolist() == [[[[0, 1, 2, 3, 4, 5]]]]


def test_glorot_scales_by_the_fans():
    config = {"units": 2, "use_bias": False, "H": "Glorot"}
    graph = lower(chain((1, 1, 4), layer("BinaryDense", config, "cbcnn", kernel=(4, 2))))
    scales = [node.op for node in graph if isinstance(node.op, Scale)]
    assert set(scales[-1].mul) == {Fraction(float(np.float32(np.sqrt(1.5 / 6))))}


def test_magnitude_is_a_mean_over_all_but_the_last_axis():
    kernel = np.array([[0.5, -1.0], [1.5, 0.0]], np.float32)
    config = {"units": 2, "use_bias": False, "kernel_quantizer": "magnitude_aware_sign"}
    graph = lower(chain((1, 1, 2), layer("QuantDense", config, "larq", kernel=kernel)))
    scales = [node.op for node in graph if isinstance(node.op, Scale)]
    assert list(scales[-1].mul) == [1, Fraction(1, 2)]


def test_average_makes_up_for_cut_windows():
    config = {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}
    op = only(lower(chain((5, 4, 1), layer("AveragePooling2D", config))), SumPool).op
    assert (op.rows.tolist(), op.cols.tolist()) == ([3, 2, 3], [2, 3])


def test_batch_normalisation_without_scale_and_center():
    model = chain(
        (1, 1, 2),
        layer(
            "BatchNormalization",
            {"scale": False, "center": False, "epsilon": 0.25},
            moving_mean=[1, 2],
            moving_variance=[0.75, 3.75],
        ),
    )
    graph = lower(model, LowerOptions(Fraction(1)))
    op = only(graph, Scale).op
    assert list(op.mul) == [1, Fraction(1, 2)]
    assert list(op.add) == [-1, -1]


def test_ending_is_noted_and_dropped():
    graph = lower(chain((4, 4, 1), layer("Flatten"), layer("Softmax"), layer("Dropout")))
    assert graph.meta["outputs"] == {"dropout_output": {"layer": "dropout", "activation": "softmax"}}
    assert len(graph.nodes) == 4


def test_layers_that_no_output_needs_are_left_out():
    graph = lower(chain((4, 4, 1), conv(name="used"), conv(2, 2, name="unused"), outputs=["used"]))
    assert "unused" not in graph.by_name


def test_output_in_the_middle_stays_an_output():
    graph = lower(chain((8, 8, 1), conv(name="first"), bn(2), conv(3, 2, name="last"), outputs=["bn", "last"]))
    assert [node.name for node in graph.outputs] == ["bn_output", "last_output"]
    assert run_passes(graph).outputs[0].tensor.shape == (6, 6, 2)
