"""BinaryFlex as a Keras model: sizes follow from strides, and widths and ratios are what they are said to be."""

import keras
import pytest

from binloom.train.layers import OvsfConv2D
from binloom.train.models import binaryflex, flex_module


def test_sizes_follow_from_the_strides() -> None:
    model = binaryflex((224, 224, 3), 1000)
    assert model.output_shape == (None, 1000)
    sizes = [model.get_layer(f"flex{number}_sum").output.shape[1:] for number in range(1, 9)]
    assert [size[0] for size in sizes] == [56, 56, 28, 28, 14, 14, 7, 7]
    assert [size[2] for size in sizes] == [64, 64, 128, 128, 256, 256, 512, 512]


def test_ratios_are_those_of_the_four_by_four() -> None:
    model = binaryflex((32, 32, 1), 10, stem=16, width=(16, 32), strides=(1, 2), ratios=(0.5, 0.125), squeeze=2)
    layers = [layer for layer in model.layers if isinstance(layer, OvsfConv2D)]
    assert [len(layer.chosen) for layer in layers] == [16, 16, 64, 8, 16, 32, 16]
    assert [layer.kernel_size for layer in layers] == [(4, 4), (1, 1), (4, 4), (1, 1), (1, 1), (4, 4), (1, 1)]


def test_rules() -> None:
    with pytest.raises(ValueError, match="flex: filters must be those of the input, or twice as many at strides 2"):
        flex_module(keras.Input((8, 8, 16)), 32, inner=8)
    with pytest.raises(ValueError, match="width, strides and ratios must be as many, got 2, 8, 8"):
        binaryflex(width=(16, 32))
