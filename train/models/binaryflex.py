"""BinaryFlex (Fernandez-Marques, Tseng, Bhattacharya and Lane 2018): FlexModules of convolutions made of codes.

The paper's Table 2 gives a stem and a row of modules, each with widths, a stride and a ratio. All of them are arguments
here: sizes follow from the strides, and from nothing else (docs/errata.md).
"""

from collections.abc import Sequence

import keras
from keras import layers

from binloom.train.layers import OvsfConv2D
from binloom.train.models.residual import INT8, Grid, halved, normalised


def flex_module(
    x,
    filters: int,
    *,
    inner: int,
    strides: int = 1,
    ratio: float = 0.25,
    outer_ratio: float = 1.0,
    codes="first",
    grid: Grid = INT8,
    name: str = "flex",
):
    """1 x 1 to `inner` channels, 4 x 4, 1 x 1 to `filters`, each over the signs of what it reads, and a shortcut.

    `ratio` is that of the 4 x 4's codes, `outer_ratio` that of the two others'. The shortcut is the input itself, its
    average of 2 x 2 where strides are 2, beside itself where there are twice as many filters as channels.
    """
    if strides not in (1, 2) or filters not in (x.shape[-1], strides * x.shape[-1]):
        raise ValueError(f"{name}: filters must be those of the input, or twice as many at strides 2, got {filters}")
    y = x
    for part, (width, size, share, step) in {
        "in": (inner, 1, outer_ratio, 1),
        "kernel": (inner, 4, ratio, strides),
        "out": (filters, 1, outer_ratio, 1),
    }.items():
        y = OvsfConv2D(
            width,
            size,
            ratio=share,
            codes=codes,
            strides=step,
            padding="same",
            binary_input=True,
            name=f"{name}_{part}",
        )(y)
        y = normalised(y)
    shortcut = x if strides == 1 else halved(x, filters, "concat")
    return grid(layers.Add(name=f"{name}_sum")([grid(y), shortcut]))


def binaryflex(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    *,
    stem: int = 64,
    stem_strides: int = 4,
    width: Sequence[int] = (64, 64, 128, 128, 256, 256, 512, 512),
    strides: Sequence[int] = (1, 1, 2, 1, 2, 1, 2, 1),
    ratios: Sequence[float] = (1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125),
    squeeze: int = 4,
    codes="first",
    grid: Grid = INT8,
    name: str = "binaryflex",
) -> keras.Model:
    """Raw pixels, a 4 x 4 convolution of all codes, a FlexModule for each width, an average, classes.

    A module's inner channels are a `squeeze`-th of its filters.
    """
    if not len(width) == len(strides) == len(ratios):
        raise ValueError(f"width, strides and ratios must be as many, got {len(width)}, {len(strides)}, {len(ratios)}")
    image = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 255, name="rescale")(image)
    x = OvsfConv2D(stem, 4, strides=stem_strides, padding="same", name="stem")(x)
    x = grid(normalised(x))
    for number, (filters, step, ratio) in enumerate(zip(width, strides, ratios, strict=True), 1):
        x = flex_module(
            x,
            filters,
            inner=max(1, filters // squeeze),
            strides=step,
            ratio=ratio,
            codes=codes,
            grid=grid,
            name=f"flex{number}",
        )
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(image, layers.Dense(classes, name="classes")(x), name=name)
