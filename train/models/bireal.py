"""Bi-Real Net (Liu et al. 2018): a shortcut of real numbers around every binary convolution."""

from functools import partial

import keras
from keras import layers

from binloom.train.families.residual import DEPTHS
from binloom.train.layers import BinaryConv2D, Sign
from binloom.train.models.residual import INT8, Grid, classified, halved, stages, stem


def block(x, filters: int, strides: int, grid: Grid, shortcut: str = "project"):
    """x + BN(conv(sign(x))), the sum on the grid."""
    bits = Sign(gradient="polynomial")(x)
    branch = BinaryConv2D(filters, 3, strides=strides, padding="same", use_bias=False)(bits)
    around = x if strides == 1 else grid(halved(x, filters, shortcut))
    return grid(layers.Add()([grid.branch(branch), around]))


def bireal(
    depths: tuple[int, ...],
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: int = 64,
    *,
    grid: Grid = INT8,
    large: bool = True,
    binary_stem: bool = False,
    shortcut: str = "project",
    name: str = "bireal",
) -> keras.Model:
    """So many binary convolutions a stage; each stage but the first halves the size and doubles the channels."""
    image = keras.Input(input_shape)
    x = stem(image, width, grid, large=large, binary=binary_stem)
    x = stages(x, depths, width, partial(block, grid=grid, shortcut=shortcut))
    return classified(image, x, classes, name)


def bireal18(*args, **options) -> keras.Model:
    """16 binary convolutions, a real one in front and a dense layer behind."""
    return bireal(DEPTHS[18], *args, **{"name": "bireal18", **options})


def bireal34(*args, **options) -> keras.Model:
    """32 binary convolutions, a real one in front and a dense layer behind."""
    return bireal(DEPTHS[34], *args, **{"name": "bireal34", **options})
