"""VGG of bits: groups of binary convolutions, a max pool behind each group, dense layers; no shortcuts.

VGG-Small is that of HWGQ (Cai et al. 2017), with one dense layer; VGG-11 has configuration A of Simonyan and Zisserman
(2015). Both come in the forms of "Binary Neural Networks at the Edge": with sums that are clipped to 8 bits, and with
pixels that come in as bit planes (docs/clipped.md, docs/bit_planes.md).
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from binloom.train.families.vgg import KINDS, PLANE_FILTERS
from binloom.train.layers import BinaryConv2D, BinaryDense, Clip, bit_plane_input


def vgg(
    filters: Sequence[Sequence[int]],
    units: Sequence[int] = (),
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    planes: int = 0,
    plane_filters: int = PLANE_FILTERS,
    clip: bool = False,
    name: str = "vgg",
) -> keras.Model:
    """Raw pixels, a max pool behind each group of convolutions, dense layers of so many units, classes."""
    same: dict[str, Any] = {"kernel_size": 3, "padding": "same", "use_bias": False}
    image = keras.Input(input_shape, name="pixels")
    if planes:
        x = bit_plane_input(image, plane_filters, planes=planes)
        # Only the sign of a sum over planes is read; this brings the sum to where the sign has a gradient.
        x = layers.Rescaling(2.0**-planes, name="gradient")(x)
    else:
        x = layers.Rescaling(1 / 128, -1, name="rescale")(image)  # exact in float32, sums too
    number = 0
    for group, widths in enumerate(filters, 1):
        for index, count in enumerate(widths):
            number += 1
            bits = bool(planes) or number > 1
            x = BinaryConv2D(count, **same, binary_input=bits, name=f"conv{number}")(x)
            x = Clip(name=f"clip{number}")(x) if clip and bits else x
            x = layers.MaxPooling2D(2, name=f"pool{group}")(x) if index == len(widths) - 1 else x
            x = _normalised(x, number)
    x = layers.Flatten(name="flatten")(x)
    for index, count in enumerate((*units, classes), 1):
        x = BinaryDense(count, binary_input=True, use_bias=False, name=f"dense{index}")(x)
        x = _normalised(x, number + index)
    return keras.Model(image, x, name=name)


def vgg_small(*args, **options) -> keras.Model:
    """Six binary convolutions and a dense layer."""
    return vgg(*KINDS["small"], *args, **{"name": "vgg_small", **options})


def vgg11(*args, **options) -> keras.Model:
    """Eight binary convolutions and three dense layers."""
    return vgg(*KINDS["11"], *args, **{"name": "vgg11", **options})


def _normalised(x, number: int):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"norm{number}")(x)
