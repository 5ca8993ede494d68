"""LB-CNN (Dogaru and Dogaru, 2021): depthwise kernels of -1 and +1, max pools, one dense layer; nothing else.

Max pooling is the only nonlinearity: no activation, no BatchNormalization, no bias but the dense layer's. By choice a
hidden layer stands in front of that one (hidden.py); pixels are then given as they are, so that its sums are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

import keras

from binloom.compiler.errors import InputError
from binloom.train.limits import demand_effect
from binloom.train.models.architecture import Architecture, one_of
from binloom.train.models.hidden import NONLINEARITIES
from binloom.train.models.hidden import hidden as neurons

KERNELS = 4_096  # of all macro-layers a channel, multiplied


@dataclass(frozen=True, slots=True)
class Lbcnn(Architecture):
    """`multipliers`: kernels a channel, of one macro-layer after the other; `nl` ReLUs and further convolutions in the
    first; `kernel` is the side of all kernels. A `committee` is of so many such nets. `hidden` neurons of one
    `nonlinearity`, of those in hidden.py, are drawn by chance. Without them a pixel counts p / 255."""

    title: ClassVar[str] = "LB-CNN"

    multipliers: tuple[int, ...]
    nl: int = 0
    kernel: int = 3
    committee: int = 1
    hidden: int = 0
    nonlinearity: str = "tanh"

    @property
    def pixel(self) -> Fraction:
        return Fraction(1) if self.hidden else Fraction(1, 255)

    def __post_init__(self) -> None:
        Architecture.__post_init__(self)
        if (kernels := prod(self.multipliers)) > KERNELS:
            raise InputError(f"multipliers make {kernels:,} channels of each", f"give fewer, up to {KERNELS:,}")
        one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        demand_effect(self, self.hidden, "hidden", "nonlinearity")

    def build(self, shape: tuple[int, int, int], classes: int) -> keras.Model:
        own: dict[str, Any] = {"nl": self.nl, "kernel": self.kernel}
        own |= {"hidden": self.hidden, "nonlinearity": self.nonlinearity}
        if self.committee == 1:
            return lbcnn(*self.multipliers, **own, input_shape=shape, classes=classes)
        return committee(self.committee, *self.multipliers, **own, input_shape=shape, classes=classes)


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
