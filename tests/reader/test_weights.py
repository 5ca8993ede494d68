"""Each layer's arrays are checked against its configuration: presence, shape, finite values."""

import h5py
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
from tests.reader import standins as s

F = np.float32
CONV = {"filters": 4, "kernel_size": [3, 3], "use_bias": True}
PLAIN = {**CONV, "use_bias": False}
DEPTHWISE = {"kernel_size": [3, 3], "depth_multiplier": 2, "use_bias": False}
SEPARABLE = {**DEPTHWISE, "filters": 4}
NORM = {"scale": True, "center": False}


def zeros(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {role: np.zeros(shape, F) for role, shape in shapes.items()}


BAD_POINTWISE = zeros(depthwise_kernel=(3, 3, 2, 2), pointwise_kernel=(3, 1, 4, 4))
MOMENTS = zeros(gamma=(3,), moving_mean=(3,), moving_variance=(4,))


@pytest.mark.parametrize(
    ("kind", "config", "arrays", "message"),
    [
        ("Conv2D", CONV, zeros(kernel=(3, 3, 2, 4)), r"layer x \(Conv2D\) lacks its bias"),
        ("Conv2D", CONV, {}, r"layer x \(Conv2D\) lacks its kernel and bias"),
        ("QuantConv2D", CONV, zeros(kernel=(3, 2, 2, 4), bias=(4,)), r"shape \(3, 2, 2, 4\) where .* \(3, 3, \?, 4\)"),
        ("Conv2D", CONV, zeros(kernel=(3, 3, 2, 5), bias=(4,)), r"needs \(3, 3, \?, 4\)"),
        ("Conv2D", CONV, zeros(kernel=(3, 3, 4), bias=(4,)), r"needs \(3, 3, \?, 4\)"),
        ("Conv2D", CONV, zeros(kernel=(3, 3, 2, 4), bias=(3,)), r"bias has the shape \(3,\) where .* needs \(4\)"),
        ("Conv2D", PLAIN, zeros(kernel=(3, 3, 2, 4), bias=(4,)), "has 2 arrays .* needs 1; bias is not one of kernel"),
        ("Conv2D", CONV, zeros(kernel=(3, 3, 0, 4), bias=(4,)), r"kernel is empty: its shape is \(3, 3, 0, 4\)"),
        ("DepthwiseConv2D", DEPTHWISE, zeros(depthwise_kernel=(3, 3, 2, 1)), r"depthwise_kernel has the shape"),
        ("SeparableConv2D", SEPARABLE, zeros(depthwise_kernel=(3, 3, 2, 2)), "lacks its pointwise_kernel"),
        ("SeparableConv2D", SEPARABLE, BAD_POINTWISE, r"needs \(1, 1, \?, 4\)"),
        ("Dense", {"units": 4}, zeros(kernel=(9, 5), bias=(4,)), r"needs \(\?, 4\)"),
        ("BatchNormalization", NORM, zeros(gamma=(3,), moving_mean=(3,)), "lacks its moving_variance"),
        ("BatchNormalization", NORM, MOMENTS, "differ in length: gamma"),
        ("BatchNormalization", NORM, zeros(beta=(3,)) | MOMENTS, "beta is not one of"),
        ("PReLU", {}, {}, "lacks its alpha"),
        ("Normalization", {}, zeros(mean=(3,)), "lacks its variance"),
        ("Flatten", {}, zeros(kernel=(3,)), "has 1 arrays where it needs 0; kernel is not one of none"),
        ("Conv2D", {**PLAIN, "filters": "four", "kernel_size": {}}, zeros(kernel=(3, 3)), r"needs \(\?, \?, \?, \?\)"),
    ],
)  # fmt: skip
def test_refused(tmp_path, kind, config, arrays, message):
    layers = [s.image(6, 6, 2), (kind, {**config, "name": "x"}, arrays)]
    for path in (s.write_keras2_h5(tmp_path / "m.h5", layers), s.write_keras3_h5(tmp_path / "m3.h5", layers)):
        with pytest.raises(InputError, match=message) as caught:
            read_model(path)
        assert "layer x" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
@pytest.mark.parametrize("kind", ["Conv2D", "Strange"])
def test_values_that_are_no_numbers(tmp_path, value, shown, kind):
    kernel = np.zeros((3, 3, 2, 4), F)
    kernel[1, 2, 0, 3] = value
    config = {**CONV, "use_bias": False, "name": "x"}
    path = s.write_keras_zip(tmp_path / "m.keras", [s.image(6, 6, 2), (kind, config, {"kernel": kernel})])
    role = "kernel" if kind == "Conv2D" else "0"
    with pytest.raises(
        InputError, match=rf"layer x \({kind}\): {role}\[1, 2, 0, 3\] is {shown}; the training diverged"
    ):
        read_model(path)


def test_arrays_of_a_keras_zip_are_counted(tmp_path):
    kernel = {"kernel": np.zeros((3, 3, 2, 4), F)}
    path = s.write_keras_zip(tmp_path / "m.keras", [s.image(6, 6, 2), ("Conv2D", {**CONV, "name": "x"}, kernel)])
    with pytest.raises(InputError, match=r"layer x \(Conv2D\) lacks its bias"):
        read_model(path)
    more = {**kernel, "bias": np.zeros(4, F), "scale": np.zeros(4, F)}
    path = s.write_keras_zip(tmp_path / "m.keras", [s.image(6, 6, 2), ("Conv2D", {**CONV, "name": "x"}, more)])
    with pytest.raises(InputError, match=r"layer x \(Conv2D\) has 3 arrays where it needs 2"):
        read_model(path)


def test_arrays_of_a_keras_zip_must_be_numbered(tmp_path):
    path = s.write_keras2_h5(tmp_path / "w.h5", [])
    with h5py.File(path, "w") as file:
        file["layers/re_lu/vars/first"] = np.zeros(3)
    config = tmp_path / "m.json"
    config.write_text(
        '{"class_name": "Sequential", "config": {"name": "m", "layers": ['
        '{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 3]}},'
        '{"class_name": "ReLU", "config": {"name": "r"}}]}}'
    )
    with pytest.raises(InputError, match="the arrays of layer r are not numbered"):
        read_model(path, config)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ([None, None, None, 3], r"the input image has no fixed size: \(None, None, None, 3\); give the Input layer"),
        ([None, 2, 3, 4, 5], r"the input image has the shape \(None, 2, 3, 4, 5\); binloom takes images"),
        ([None, 0, 3, 4], "the shape of input image makes no sense"),
        ([None, "a\n", 3, 4], "the shape of input image makes no sense"),
        ([None, True, 3, 4], "the shape of input image makes no sense"),
        ([None], r"the input image has the shape \(None\)"),
        (None, "the shape of input image is not known"),
        ([None, 6, 6], r"the input image has no channels, and layer x \(Strange\) needs them"),
    ],
)
def test_input_shapes_that_cannot_be(tmp_path, stored, message):
    layers = [("InputLayer", {"batch_input_shape": stored, "name": "image"}, {}), ("Strange", {"name": "x"}, {})]
    with pytest.raises(InputError, match=message) as caught:
        read_model(s.write_keras2_h5(tmp_path / "m.h5", layers))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "x" * 2000, "nul\0"])
def test_names_that_would_upset_a_terminal(tmp_path, name):
    config = s.sequential([s.image(6, 6, 2), ("ReLU", {"name": name}, {})])
    with pytest.raises(InputError, match="a layer has the impossible name") as caught:
        read_model(s.write_keras2_h5(tmp_path / "m.h5", [], config=config))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
