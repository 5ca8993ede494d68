"""ReActNet (Liu et al. 2020): Bi-Real Net with signs and slopes whose shifts are learned, channel by channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import keras
from keras import layers

from binloom.train.layers import BinaryConv2D, RPReLU, RSign
from binloom.train.models.architecture import one_of
from binloom.train.models.residual import INT8, Grid, Residual, classified, halved, stages, stem

DEPTHS: Mapping[int, tuple[int, ...]] = {18: (4, 4, 4, 4), 34: (6, 8, 12, 6)}


@dataclass(frozen=True, slots=True)
class React(Residual):
    """`depth` is 18 or 34. `binary_stem`: the first kernels are -1 and +1 as well, over pixels. `shortcut`: how one is
    halved (residual.py)."""

    title: ClassVar[str] = "ReActNet"

    depth: int = 18
    binary_stem: bool = False
    shortcut: str = "concat"

    def __post_init__(self) -> None:
        Residual.__post_init__(self)
        one_of("depth", self.depth, DEPTHS)
        one_of("shortcut", self.shortcut, ("concat", "project"))

    def build(self, shape: tuple[int, int, int], classes: int) -> keras.Model:
        own: dict[str, Any] = {"binary_stem": self.binary_stem, "shortcut": self.shortcut}
        return react(DEPTHS[self.depth], shape, classes, **self.options(shape), **own, name=f"react{self.depth}")


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
