"""QuickNet (Bannink et al. 2021): shortcuts past binary convolutions with a ReLU, real ones between stages."""

import keras
from keras import layers

from binloom.train.layers import BinaryConv2D
from binloom.train.models.residual import INT8, Grid, classified, normalised


def block(x, grid: Grid):
    """x + BN(ReLU(conv(sign(x)))), on the grid."""
    branch = BinaryConv2D(
        x.shape[-1], 3, padding="same", use_bias=False, binary_input=True, activation="relu"
    )(x)  # fmt: skip
    return grid(layers.Add()([grid.branch(branch), x]))


def transition(x, filters: int, grid: Grid):
    """Half the size and other channels: the largest of 2 x 2 that rise above 0, blurred, a real 1 x 1 convolution."""
    x = layers.MaxPooling2D(2, 1, padding="same")(layers.ReLU()(x))
    x = layers.AveragePooling2D(2, padding="same")(x)
    return grid(normalised(layers.Conv2D(filters, 1, use_bias=False)(x)))


def quicknet(
    depths: tuple[int, ...] = (4, 4, 4, 4),
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: int = 64,
    *,
    grid: Grid = INT8,
    large: bool = True,
    name: str = "quicknet",
) -> keras.Model:
    """So many blocks a stage; each stage but the first halves the size and doubles the channels.

    `large`: a stem that quarters the size, a real 3 x 3 convolution of 8 filters, a depthwise and a 1 x 1 one; else one
    real 3 x 3 convolution.
    """
    image = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(image)
    if large:
        x = layers.ReLU()(normalised(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)))
        x = normalised(layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x))
        x = grid(normalised(layers.Conv2D(width, 1, use_bias=False)(x)))
    else:
        x = grid(normalised(layers.Conv2D(width, 3, padding="same", use_bias=False)(x)))
    for stage, depth in enumerate(depths):
        x = transition(x, width << stage, grid) if stage else x
        for _ in range(depth):
            x = block(x, grid)
    return classified(image, layers.ReLU()(x), classes, name)
