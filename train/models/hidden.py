"""A hidden layer of neurons that are drawn by chance, not trained: what an extreme learning machine has in front of its
regression.

A neuron adds up all features with weights of -H and +H, bits on the chip, for one H, a power of two that brings sums z
to a deviation near 1 (train/elm/hidden.py). What is left of z are 8 bits, in steps of 1/32 up to 127/32, and of these
one of the six functions that the LB-CNN authors' code has:

    linear        z                   tanh          tanh(z)
    relu          max(z, 0)           linsat        |z + 1| - |z - 1|
    abs           |z|                 multiquadric  sqrt(z^2 + 1)

A factor and a constant are the dense layer's to choose, so that linsat is min(max(z, -1), 1) here. tanh and
multiquadric are broken lines, sums of min(max(z, -c), c) and of max(|z|, c) over three c each. No table is needed, and
nothing of it is rounded when it is compiled.
"""

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import layers

from binloom.train.layers import Clip, FixedPoint

BITS, FRACTION = 8, 5  # of a sum, and of these behind the point
STEPS = 1 << FRACTION  # to 1
TOP = 4.0  # beyond every |z|
TANH = (17 / STEPS, 31 / STEPS, 56 / STEPS)  # within 0.031 of the curve, by a factor
MULTIQUADRIC = (5 / STEPS, 13 / STEPS, 41 / STEPS)  # within 0.027, by a factor and a constant


def _abs(z):
    return layers.PReLU(alpha_initializer=keras.initializers.Constant(-1), trainable=False)(z)


def _tanh(z):
    return layers.Add()([Clip(-knee, knee)(z) for knee in TANH])


def _multiquadric(z):
    size = _abs(z)
    return layers.Add()([Clip(knee, TOP)(size) for knee in MULTIQUADRIC])


NONLINEARITIES: Mapping[str, Callable] = {
    "linear": lambda z: z,
    "tanh": _tanh,
    "linsat": lambda z: Clip(-1.0, 1.0)(z),
    "relu": lambda z: layers.ReLU()(z),
    "abs": _abs,
    "multiquadric": _multiquadric,
}


def hidden(x, neurons: int, nonlinearity: str):
    """So many neurons over features."""
    layer = layers.Dense(neurons, use_bias=False, trainable=False)
    z = layer(x)
    # Bits already, as what is told of a network before it is trained is told by its weights.
    layer.set_weights([signs((x.shape[-1], neurons), neurons)])
    return NONLINEARITIES[nonlinearity](FixedPoint(BITS, FRACTION)(z))


def signs(shape: tuple[int, int], seed: int | tuple[int, ...]) -> np.ndarray:
    """-1 and +1 by chance."""
    return np.random.default_rng(seed).integers(0, 2, shape, np.int8) * np.float32(2) - 1
