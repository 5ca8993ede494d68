"""LB-CNN (Dogaru and Dogaru, 2021): depthwise kernels of -1 and +1, max pools, one dense layer; nothing else.

Max pooling is the only nonlinearity: no activation, no BatchNormalization, no bias but the dense layer's. By choice a
hidden layer stands in front of that one (hidden.py); pixels are then given as they are, so that its sums are exact.
"""

from collections.abc import Sequence
from typing import Any

import keras

from binloom.train.models.hidden import hidden as neurons


def lbcnn(
    *multipliers: int,
    nl: int = 0,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    kernel: int = 3,
    hidden: int = 0,
    nonlinearity: str = "tanh",
) -> keras.Model:
    """One macro-layer per multiplier: DepthwiseConv2D with so many kernels a channel ('same'), MaxPool 4 / 2 ('same').

    Between the convolution and the pool of the first macro-layer stand `nl` times a ReLU and another depthwise
    convolution of one kernel a channel. `input_shape` is (height, width, channels). The Dense layer ends in a softmax.
    """
    if hidden:
        own: dict[str, Any] = {"nl": nl, "kernel": kernel, "hidden": hidden, "nonlinearity": nonlinearity}
        return committee(1, *multipliers, **own, input_shape=input_shape, classes=classes)
    return keras.Sequential([*front(multipliers, nl, input_shape, kernel), *head(classes)], name="lbcnn")


def committee(
    count: int,
    *multipliers: int,
    nl: int = 0,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    kernel: int = 3,
    hidden: int = 0,
    nonlinearity: str = "tanh",
) -> keras.Model:
    """So many LB-CNNs over the same images, each with kernels and dense layers of its own; their logits are added
    up."""
    if count < 1:
        raise ValueError("a committee has at least one net")
    images = keras.Input(input_shape)
    pixels, votes = keras.layers.Rescaling(1.0, name="as_they_are")(images) if hidden else images, []
    for _ in range(count):
        x = pixels
        for layer in front(multipliers, nl, input_shape, kernel)[1:]:
            x = layer(x)
        if hidden:
            x = neurons(x, hidden, nonlinearity)
        votes.append(keras.layers.Dense(classes)(x))
    x = keras.layers.Add()(votes) if count > 1 else votes[0]
    return keras.Model(images, keras.layers.Softmax()(x), name="lbcnn_committee" if count > 1 else "lbcnn")


def front(
    multipliers: Sequence[int], nl: int, input_shape: tuple[int, int, int], kernel: int
) -> list[keras.layers.Layer]:
    """Everything in front of the dense layer."""
    if not multipliers:
        raise ValueError("an LB-CNN has at least one macro-layer")
    layers = keras.layers
    made: list[keras.layers.Layer] = [keras.Input(input_shape)]
    for index, multiplier in enumerate(multipliers):
        made.append(_depthwise(kernel, multiplier))
        for _ in range(nl if index == 0 else 0):
            made += [layers.ReLU(), _depthwise(kernel, 1)]
        made.append(layers.MaxPooling2D(4, 2, padding="same"))
    return [*made, layers.Flatten()]


def head(classes: int) -> list[keras.layers.Layer]:
    """The dense layer."""
    return [keras.layers.Dense(classes, activation="softmax")]


def _depthwise(kernel: int, multiplier: int) -> keras.layers.Layer:
    return keras.layers.DepthwiseConv2D(kernel, padding="same", depth_multiplier=multiplier, use_bias=False)
