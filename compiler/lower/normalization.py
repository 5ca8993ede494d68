"""Batch normalisation: a scale and an offset a channel, exact but for the square root."""

import numpy as np

from binloom.compiler.exact import rationals
from binloom.compiler.layers import Layer
from binloom.compiler.lower.activation import TRAINING_ONLY
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import is_last_axis, number, weight


def batch_normalization(b: Builder, layer: Layer, x: Value) -> Value:
    """gamma * (x - mean) / sqrt(var + eps) + beta, the root in float64 of the stored variance."""
    channels = x.channels
    if not is_last_axis(layer.config.get("axis", -1), x.rank):
        b.refuse(layer, "it does not normalise the channels", "use axis=-1")
        return x
    variance = weight(b, layer, "moving_variance", (channels,)).astype(np.float64)
    squares = variance + number(b, layer, "epsilon", 1e-3)
    if not np.all(squares > 0):
        worst = int(np.argmin(squares))
        b.refuse(
            layer,
            f"the variance of channel {worst} is {variance[worst]}",
            "a variance is not negative: train or export again",
        )
        return x
    one, none = np.ones(channels), np.zeros(channels)
    gamma = weight(b, layer, "gamma", (channels,)) if layer.config.get("scale", True) else one
    beta = weight(b, layer, "beta", (channels,)) if layer.config.get("center", True) else none
    mean = rationals(weight(b, layer, "moving_mean", (channels,)))
    mul = rationals(gamma) / rationals(np.sqrt(squares))
    return b.scale(mul, rationals(beta) - mean * mul, x, layer)


def identity(b: Builder, layer: Layer, x: Value) -> Value:
    """What does something in training only."""
    return x


LAYERS = {
    ("keras", "BatchNormalization"): batch_normalization,
    ("keras", "SyncBatchNormalization"): batch_normalization,
    **{("keras", kind): identity for kind in TRAINING_ONLY},
    ("larq", "NoOp"): identity,
}
