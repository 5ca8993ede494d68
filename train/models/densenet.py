"""BinaryDenseNet (Bethge et al. 2019): each binary convolution adds channels to those that it has read."""

import keras
from keras import layers

from binloom.train.layers import BinaryConv2D
from binloom.train.models.residual import FLOAT, classified, normalised, stem


def block(x, growth: int):
    """x, and beside it conv(sign(BN(x)))."""
    branch = BinaryConv2D(growth, 3, padding="same", use_bias=False, binary_input=True)(normalised(x))
    return layers.Concatenate()([x, branch])


def transition(x, filters: int):
    """Half the size and fewer channels: ReLU(BN(x)), the largest of 2 x 2, a real 1 x 1 convolution."""
    x = layers.MaxPooling2D(2, padding="same")(layers.ReLU()(normalised(x)))
    return layers.Conv2D(filters, 1, use_bias=False)(x)


def binary_densenet(
    depths: tuple[int, ...],
    reductions: tuple[float, ...],
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    width: int = 64,
    growth: int = 64,
    *,
    large: bool = True,
    binary_stem: bool = False,
    name: str = "binary_densenet",
) -> keras.Model:
    """So many binary convolutions a stage; between stages the channels are reduced so many times."""
    image = keras.Input(input_shape)
    x = stem(image, width, FLOAT, large=large, binary=binary_stem)
    for depth, reduction in zip(depths, (*reductions, None), strict=True):
        for _ in range(depth):
            x = block(x, growth)
        x = transition(x, round(x.shape[-1] / reduction)) if reduction else x
    return classified(image, layers.ReLU()(normalised(x)), classes, name)


def binary_densenet28(*args, **options) -> keras.Model:
    """23 binary convolutions, a real one in front, three between the stages and a dense layer behind."""
    return binary_densenet((6, 6, 6, 5), (2.7, 2.7, 2.2), *args, **{"name": "binary_densenet28", **options})
