"""Batch normalisation: a scale and an offset a channel, exact but for the square root; or the int8 unit."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.int8_norm import COARSEST, LARGEST, RULE, Places, int8_norm
from binloom.compiler.ir.ops import Affine, Clip, FixedPoint
from binloom.compiler.layers import Layer
from binloom.compiler.lower.activation import TRAINING_ONLY
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import is_last_axis, number, weight
from binloom.compiler.lower.residual import whole


@dataclass(frozen=True, slots=True, eq=False)
class Normalised:
    """What a batch normalisation has learned, an array each with a number a channel."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    epsilon: float


def learned(b: Builder, layer: Layer, channels: int) -> Normalised:
    """The parameters, gamma 1 and beta 0 where the layer has none. Refuses a variance that has no root."""
    epsilon = number(b, layer, "epsilon", 1e-3)
    variance = weight(b, layer, "moving_variance", (channels,))
    squares = variance.astype(np.float64) + epsilon
    if not np.all(squares > 0):
        worst = int(np.argmin(squares))
        b.refuse(
            layer,
            f"the variance of channel {worst} is {variance[worst]}",
            "a variance is not negative: train or export again",
        )
        variance = np.ones(channels)
    return Normalised(
        weight(b, layer, "gamma", (channels,)) if layer.config.get("scale", True) else np.ones(channels),
        weight(b, layer, "beta", (channels,)) if layer.config.get("center", True) else np.zeros(channels),
        weight(b, layer, "moving_mean", (channels,)),
        variance,
        epsilon,
    )


def demand_channels(b: Builder, layer: Layer, x: Value) -> bool:
    """Whether it is the channels that are normalised."""
    last = is_last_axis(layer.config.get("axis", -1), x.rank)
    if not last:
        b.refuse(layer, "it does not normalise the channels", "use axis=-1")
    return last


def batch_normalization(b: Builder, layer: Layer, x: Value) -> Value:
    """gamma * (x - mean) / sqrt(var + eps) + beta, the root in float64 of the stored variance."""
    if not demand_channels(b, layer, x):
        return x
    found = learned(b, layer, x.channels)
    if layer.name in b.int8:
        return unit_of(b, layer, x, found, b.int8[layer.name])
    mul = rationals(found.gamma) / rationals(np.sqrt(found.variance.astype(np.float64) + found.epsilon))
    return b.scale(mul, rationals(found.beta) - rationals(found.mean) * mul, x, layer)


def int8_batch_normalization(b: Builder, layer: Layer, x: Value) -> Value:
    """The int8 unit between the codes of its input and the numbers that its own codes stand for."""
    if not demand_channels(b, layer, x):
        return x
    found = learned(b, layer, x.channels)
    keys = ("input_fraction", "output_fraction", "unit")
    places = Places(*(whole(b, layer, key, -COARSEST, COARSEST) for key in keys))
    if not places.possible:
        b.fail(layer, f"{RULE}, got {places.input}, {places.output} and {places.unit}", "mend the configuration")
    return unit_of(b, layer, x, found, places)


def unit_of(b: Builder, layer: Layer, x: Value, found: Normalised, places: Places) -> Value:
    """Rounded to int8, counted in whole numbers, put through the unit, and counted in the output's steps again."""
    unit = int8_norm(found.gamma, found.beta, found.mean, found.variance, found.epsilon, places)
    if unit.saturated:
        b.notes.append(
            f"{layer.name}: gamma / sigma of {unit.saturated} channels is past what its format holds, and saturates"
        )
    none = constant(0, x.channels)
    step, out = Fraction(1, 2) ** places.input, Fraction(1, 2) ** places.output
    x = b.emit(FixedPoint(step, -LARGEST, LARGEST), [x], layer, "input")
    x = b.scale(constant(1 / step, x.channels), none, x, layer, "codes")
    x = b.emit(Affine(unit.mul, unit.add, unit.shift), [x], layer, "int8")
    x = b.emit(Clip(-LARGEST, LARGEST), [x], layer, "clip")
    return b.scale(constant(out, x.channels), none, x, layer)


def identity(b: Builder, layer: Layer, x: Value) -> Value:
    """What does something in training only."""
    return x


LAYERS = {
    ("keras", "BatchNormalization"): batch_normalization,
    ("keras", "SyncBatchNormalization"): batch_normalization,
    ("binloom", "Int8BatchNormalization"): int8_batch_normalization,
    **{("keras", kind): identity for kind in TRAINING_ONLY},
    ("larq", "NoOp"): identity,
}
