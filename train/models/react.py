"""ReActNet (Liu et al. 2020): Bi-Real Net with signs and slopes whose shifts are learned, channel by channel."""

from functools import partial

import keras
from keras import layers

from binloom.train.families.residual import DEPTHS
from binloom.train.layers import BinaryConv2D, RPReLU, RSign
from binloom.train.models.residual import INT8, Grid, classified, halved, stages, stem


def block(x, filters: int, strides: int, grid: Grid, size: int = 3, shortcut: str = "concat"):
    """RPReLU(x + BN(conv(RSign(x)))), on the grid."""
    branch = BinaryConv2D(filters, size, strides=strides, padding="same", use_bias=False)(RSign()(x))
    around = x if strides == 1 else halved(x, filters, shortcut)
    total = layers.Add()([grid.branch(branch), grid(around) if shortcut == "project" else around])
    return grid(RPReLU(fraction=grid.parameter_fraction)(total))


def react(
    depths: tuple[int, ...],
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: int = 64,
    *,
    grid: Grid = INT8,
    large: bool = True,
    binary_stem: bool = False,
    shortcut: str = "concat",
    name: str = "react",
) -> keras.Model:
    """So many binary convolutions a stage; each stage but the first halves the size and doubles the channels."""
    image = keras.Input(input_shape)
    x = stem(image, width, grid, large=large, binary=binary_stem)
    x = stages(x, depths, width, partial(block, grid=grid, shortcut=shortcut))
    return classified(image, x, classes, name)


def react18(*args, **options) -> keras.Model:
    """16 binary convolutions, a real one in front and a dense layer behind."""
    return react(DEPTHS[18], *args, **{"name": "react18", **options})


def react34(*args, **options) -> keras.Model:
    """32 binary convolutions, a real one in front and a dense layer behind."""
    return react(DEPTHS[34], *args, **{"name": "react34", **options})
