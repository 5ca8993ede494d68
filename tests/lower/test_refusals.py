"""What cannot be compiled is refused by the layer's name, with a reason and a remedy."""

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.lower import LowerOptions, lower, support
from tests.lower.by_hand import bn, chain, conv, layer, quant_conv

STE = {"input_quantizer": "ste_sign"}

REFUSED = {
    "channels first": (conv(data_format="channels_first"), "'conv' (Conv2D): its channels come first"),
    "causal": (conv(padding="causal"), "padding 'causal' is not known"),
    "dorefa": (quant_conv(kernel_quantizer="dorefa_quantizer"), "kernel_quantizer 'dorefa_quantizer' is not known"),
    "ste_tern": (
        quant_conv(kernel_quantizer={"class_name": "SteTern", "config": {"threshold_value": 0.05}}),
        "'quant' (QuantConv2D): kernel_quantizer 'ste_tern' is not known; use ste_sign,",
    ),
    "input": (quant_conv(input_quantizer="DoReFa"), "input_quantizer 'do_re_fa' is not known"),
    "magnitude": (quant_conv(input_quantizer="magnitude_aware_sign"), "scales by a mean over the images"),
    "float kernel": (quant_conv(kernel_quantizer=None, **STE), "its kernel is neither -1 and +1 nor has a kernel_q"),
    "pad values": (quant_conv(pad_values=0.5, padding="same", **STE), "pad_values must be 0, 1 or -1, got 0.5"),
    "pad numbers": (quant_conv(pad_values=1.0, padding="same"), "its input is not made of bits"),
    "half binarised": (
        conv(package="binloom", kind="BinaryConv2D", binarised=True),
        "it says its kernel is binarised, but weights other than -1 and +1 are stored",
    ),
    "H": (conv(package="cbcnn", kind="BinaryConv2D", H="He"), "H must be a positive number or 'Glorot', got 'He'"),
    "activation": (conv(activation="gelu"), "activation 'gelu': binloom does not know it; use one of"),
    "sign": (conv(activation="sign"), "sign(0) is 0 there"),
    "heaviside": (layer("Activation", {"activation": {"class_name": "SteHeaviside", "config": {}}}), "0 and 1, not -1"),
    "axis": (bn(1, axis=1), "'bn' (BatchNormalization): it does not normalise the channels"),
    "variance": (layer("BatchNormalization", moving_variance=[-1.0]), "the variance of channel 0 is -1.0"),
    "relu threshold": (layer("ReLU", {"threshold": 0.5}), "its threshold is not 0"),
    "relu both": (layer("ReLU", {"max_value": 1.0, "negative_slope": 0.5}), "both a slope and a ceiling"),
    "prelu": (layer("PReLU", alpha=(8, 8, 1)), "its slopes differ from position to position; use shared_axes=[1, 2]"),
    "softmax axis": (layer("Softmax", {"axis": 1}), "it does not run along the channels"),
    "inverted": (layer("Normalization", {"invert": True, "mean": 0.0, "variance": 1.0}), "it is inverted"),
    "permute": (layer("Permute", {"dims": [3, 1, 2]}), "'permute' (Permute): elements would have to be stored"),
    "cropping": (layer("Cropping2D"), "a stream cannot leave out pixels"),
    "lambda": (layer("Lambda"), "its code is not part of the file"),
    "unknown": (layer("Mixture", package="mylab"), "binloom does not know this class of package 'mylab'"),
    "other package": (conv(kind="QuantConv2D"), "package 'keras' has no such layer that binloom knows; the class"),
    "elu": (layer("ELU"), "it is not piecewise linear"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_layer_is_refused_by_name(name):
    refused, message = REFUSED[name]
    with pytest.raises(InputError) as caught:
        lower(chain((8, 8, 1), refused))
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"layer {refused.name!r} ({refused.kind}): ")
    assert "; " in str(caught.value), "a refusal names a remedy"
    assert "\n" not in str(caught.value)
    assert support(refused) is not None


BROKEN = {
    "rsign": (layer("RSign", package="binloom"), "the file holds no 'threshold' for it"),
    "rprelu": (
        layer("RPReLU", {"fraction": 0.5}, "binloom", shift=(1,), slope=(1,), offset=(1,)),
        "fraction must be a whole number from -100 to 100, got 0.5; mend the model's configuration",
    ),
    "fixed point": (layer("FixedPoint", {"bits": 17, "fraction": 3}, "binloom"), "bits must be a whole number from"),
    "no kernel": (layer("Conv2D", {"kernel_size": [3, 3], "filters": 2}), "the file holds no 'kernel' for it"),
    "no bias": (conv(use_bias=True), "the file holds no 'bias' for it"),
    "kernel shape": (conv(inputs=3), "kernel has shape (3, 3, 3, 2), not (3, 3, 1, 2)"),
    "kernel size": (conv(kernel_size=[5, 5]), "kernel has shape (3, 3, 1, 2), not (5, 5, 1, 2)"),
    "strides": (conv(strides=[0, 1]), "strides must be one or two whole numbers of at least 1, got [0, 1]"),
    "too small": (conv(dilation_rate=5), "a window of 3 x 3 (11 x 11 with its gaps) does not fit 8 x 8"),
    "groups": (conv(groups=2), "2 groups do not divide 1 channels"),
    "pool": (
        layer("AveragePooling2D", {"pool_size": [9, 9]}),
        "a window of 9 x 9 does not fit 8 x 8; use padding='same'",
    ),
    "huge window": (
        layer("MaxPooling2D", {"pool_size": 10**9, "padding": "same"}),
        "a window of 1000000000 x 1000000000 is out of all proportion to 8 x 8",
    ),
    "huge gaps": (conv(dilation_rate=10**9, padding="same"), "is out of all proportion to 8 x 8"),
    "huge border": (layer("ZeroPadding2D", {"padding": 10**6}), "has more than 67,108,864 elements"),
    "reshape": (layer("Reshape", {"target_shape": [5, -1]}), "64 elements do not make a shape (5, -1)"),
    "padding": (layer("ZeroPadding2D", {"padding": [[1], 2]}), "padding must be two pairs of whole numbers"),
    "rescaling": (layer("Rescaling", {"scale": [1.0, 2.0]}), "scale must be one number or 1, got [1.0, 2.0]"),
    "huge rescaling": (layer("Rescaling", {"scale": 10**400}), "scale must be one number or 1, got 1000"),
    "huge slope": (layer("LeakyReLU", {"alpha": 10**400}), "alpha must be a number, got 1000"),
    "large slope": (layer("LeakyReLU", {"alpha": 1e300}), "alpha must be a number, got 1e+300"),
    "slope": (layer("LeakyReLU", {"alpha": "steep"}), "alpha must be a number, got 'steep'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_layer_is_refused(name):
    broken, message = BROKEN[name]
    with pytest.raises(InputError) as caught:
        lower(chain((8, 8, 1), broken))
    assert message in str(caught.value)


def test_map_layers_refuse_vectors():
    for each in (conv(), layer("MaxPooling2D"), layer("GlobalAveragePooling2D"), layer("ZeroPadding2D")):
        with pytest.raises(InputError, match=r"it needs \(height, width, channels\), but its input has 1 axes"):
            lower(chain((1, 1, 1), each))


def test_softmax_in_the_middle_is_refused():
    dense = layer("Dense", {"use_bias": False}, kernel=(4, 2))
    for early in (layer("Softmax"), layer("Activation", {"activation": "sigmoid"})):
        with pytest.raises(InputError, match="stands between layers, where its value counts"):
            lower(chain((1, 1, 4), early, dense))
        lower(chain((1, 1, 4), early, layer("Dropout"), layer("Flatten")))


def test_branches_of_different_shapes_are_refused():
    merge = layer("Add", name="sum", inputs=("conv", "pixels"))
    with pytest.raises(InputError, match=r"'sum' \(Add\): its inputs have different shapes"):
        lower(chain((8, 8, 2), conv(inputs=2), merge))
    merge = layer("Concatenate", {"axis": 1}, name="join", inputs=("pixels", "pixels"))
    with pytest.raises(InputError, match="it does not join channels"):
        lower(chain((8, 8, 2), merge))


def test_second_input_is_refused():
    second = layer("InputLayer", name="more")
    with pytest.raises(InputError, match="more than one input, 'more' among them"):
        lower(chain((8, 8, 1), second, layer("Add", inputs=("pixels", "more"))))


def test_own_rescaling_and_an_option_contradict_each_other():
    model = chain((4, 4, 1), layer("Dropout"), layer("Rescaling", {"scale": 1 / 255}, name="own"), layer("Flatten"))
    with pytest.raises(InputError, match=r"the model scales its own input \(layer 'own', Rescaling\); leave the input"):
        lower(model, LowerOptions(input_scale=1))
    with pytest.raises(InputError, match="the input scale must be positive, got -1"):
        lower(chain((4, 4, 1), layer("Flatten")), LowerOptions(input_scale=-1))


@pytest.mark.parametrize(
    "supported",
    [
        conv(inputs=4),
        conv(3, inputs=2, groups=3),
        quant_conv(inputs=3, **STE),
        bn(5),
        layer("Dense", {"units": 3, "use_bias": False}, kernel=(7, 3)),
        layer("MaxPooling2D"),
        layer("Flatten"),
        layer("Add"),
        layer("Softmax"),
        layer("InputLayer"),
        layer("Reshape", {"target_shape": [7]}),
        layer("PReLU", alpha=(1, 1, 6)),
        layer("DepthwiseConv2D", {"kernel_size": 3, "use_bias": False}, depthwise_kernel=(3, 3, 5, 1)),
    ],
    ids=lambda each: each.kind,
)
def test_supported_layer_gives_no_reason(supported):
    assert support(supported) is None


def test_infinite_numbers_of_a_configuration_are_refused():
    with pytest.raises(InputError, match="epsilon must be a number, got inf"):
        lower(chain((2, 2, 1), bn(1, epsilon=np.inf)))
