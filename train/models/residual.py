"""What residual binary nets have in common: a stem, shortcuts of so many bits, half the size with twice the channels.

Every builder takes raw pixels. Its shortcuts are `Grid`s: numbers of 8 or 16 bits, in training as on the chip, or
floats, of which the compiler keeps 24 significant bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
from keras import layers

from binloom.train.families.residual import GRIDS
from binloom.train.layers import BinaryConv2D, Clip, FixedPoint, Int8BatchNormalization

# Sums of binary convolutions count in sixteens to their normalisation in 8 bits: the mean and sigma of such a sum.
SUM_UNIT = 4


@dataclass(frozen=True)
class Grid:
    """What a shortcut holds: numbers of `bits` bits, `fraction` of them behind the point; None bits for floats.

    `int8_norm`: the sums of binary convolutions are clipped to 8 bits and normalised by the int8 unit, so that from one
    shortcut to the next Keras, the graph and the chip agree to the bit.
    """

    bits: int | None = 8
    fraction: int = 3
    int8_norm: bool = False

    def __call__(self, x):
        return x if self.bits is None else FixedPoint(self.bits, self.fraction)(x)

    def branch(self, sums):
        """The normalised sums of a binary convolution, on the grid."""
        if not self.int8_norm:
            return self(normalised(sums))
        norm = Int8BatchNormalization(output_fraction=self.fraction, unit=SUM_UNIT, momentum=0.9, epsilon=1e-5)
        return norm(Clip()(sums))

    @property
    def parameter_fraction(self) -> int | None:
        """Binary places of the shifts that act on such numbers; None where they are floats."""
        return None if self.bits is None else self.fraction


INT8 = Grid(8, 3)  # -15.9 to 15.9
INT16 = Grid(16, 10)  # -32 to 32
FLOAT = Grid(None)


def grid_named(name: str) -> Grid:
    """As a recipe calls it."""
    return dict(zip(GRIDS, (INT8, INT16, FLOAT), strict=True))[name]


def normalised(x):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def stem(image, width: int, grid: Grid, *, large: bool, binary: bool):
    """Pixels to the first shortcut. `large`: 7 x 7 at stride 2 and a pool, as for ImageNet; else 3 x 3 at stride 1.

    `binary`: kernels of -1 and +1 over the pixels, which take no multipliers.
    """
    x = layers.Rescaling(1 / 255)(image)
    size, strides = (7, 2) if large else (3, 1)
    kind = BinaryConv2D if binary else layers.Conv2D
    x = normalised(kind(width, size, strides=strides, padding="same", use_bias=False)(x))
    x = layers.MaxPooling2D(3, 2, padding="same")(x) if large else x
    return grid(x)


def stages(x, depths: Sequence[int], width: int, block: Callable):
    """So many `block(x, filters, strides)` a stage; each but the first halves the size and doubles the filters."""
    for stage, depth in enumerate(depths):
        for index in range(depth):
            x = block(x, width << stage, 2 if stage and not index else 1)
    return x


def halved(x, filters: int, how: str):
    """The shortcut past a convolution of stride 2: an average of 2 x 2, and as many channels as asked for.

    "concat": the channels beside themselves (ReActNet), which takes no weights. Two convolutions of half the filters,
    each with the average added and their results side by side, are the same as this and one convolution.
    "project": a real 1 x 1 convolution (Bi-Real Net).
    """
    channels = x.shape[-1]
    x = layers.AveragePooling2D(2, padding="same")(x)
    if how == "project":
        return normalised(layers.Conv2D(filters, 1, use_bias=False)(x))
    if how != "concat":
        raise ValueError(f"a shortcut is halved by 'concat' or 'project', got {how!r}")
    if filters == channels:
        return x
    if filters != 2 * channels:
        raise ValueError(f"channels beside themselves are twice as many, got {channels} and {filters}")
    return layers.Concatenate()([x, x])


def classified(image, x, classes: int, name: str) -> keras.Model:
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)), name=name)
