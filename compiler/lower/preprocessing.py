"""Layers that turn pixels into the numbers a model was trained on."""

from collections.abc import Iterable

import numpy as np

from binloom.compiler.exact import rationals, tidy
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import is_last_axis, weight


def rescaling(b: Builder, layer: Layer, x: Value) -> Value:
    mul = per_channel(b, layer, "scale", layer.config.get("scale", 1.0), x.channels)
    add = per_channel(b, layer, "offset", layer.config.get("offset", 0.0), x.channels)
    return b.scale(rationals(map(tidy, mul)), rationals(map(tidy, add)), x, layer)


def normalization(b: Builder, layer: Layer, x: Value) -> Value:
    """(x - mean) / max(sqrt(variance), 1e-7), as given or as adapted to data."""
    axis = layer.config.get("axis", -1)
    if axis not in (None, [], ()) and not is_last_axis(axis, x.rank):
        b.refuse(layer, "it does not normalise the channels", "use axis=-1")
        return x
    if layer.config.get("invert"):
        b.refuse(layer, "it is inverted", "use invert=False")
        return x
    mean, variance = (
        per_channel(
            b, layer, key, weight(b, layer, key) if layer.config.get(key) is None else layer.config[key], x.channels
        )
        for key in ("mean", "variance")
    )
    if min(variance) < 0:
        b.refuse(layer, f"a variance is {min(variance)}", "a variance is not negative: adapt the layer again")
        return x
    mul = 1 / rationals(np.maximum(np.sqrt(variance), 1e-7))
    return b.scale(mul, -rationals(mean) * mul, x, layer)


def per_channel(b: Builder, layer: Layer, key: str, value: object, channels: int) -> list[float]:
    """One number, or one a channel in whatever nesting Keras stores it."""
    try:
        flat = np.asarray(value, np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError):  # the last for an integer of hundreds of digits
        flat = np.array([np.nan])
    if len(flat) not in (1, channels) or not np.all(np.isfinite(flat)):
        b.fail(layer, f"{key} must be one number or {channels}, got {value!r}", "mend the model's configuration")
    return [float(v) for v in np.broadcast_to(flat, channels)]


LAYERS = {("keras", "Rescaling"): rescaling, ("keras", "Normalization"): normalization}

# Layers that say what a pixel is: with one of them in front, a pixel is the number that it is.
KINDS: Iterable[str] = ("Rescaling", "Normalization", "BitPlanes", "Luma", "Equalise", "Standardise")
