"""Activations: bits, ReLUs, and those whose only effect on a result is to keep its order."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, float32, rationals
from binloom.compiler.ir.ops import Clip, PiecewiseAffine, Sign
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import class_of, is_last_axis, number, snake, weight

# Strictly increasing, each on its own or (softmax) among the channels of a pixel: classes do not depend on them.
ORDER_KEEPING = frozenset({"softmax", "log_softmax", "sigmoid", "log_sigmoid", "tanh", "softplus"})

# Layers that do something in training only.
TRAINING_ONLY = frozenset(
    {
        "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity",
        "RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom",
        "SpatialDropout2D",
    }
)  # fmt: skip

# Layers that leave the order of a result alone, so that an ending may stand before them.
TRANSPARENT = TRAINING_ONLY | {"Flatten", "Reshape"}


def piecewise(b: Builder, layer: Layer, x: Value, pos: Fraction, neg: Fraction, suffix: str) -> Value:
    op = PiecewiseAffine(constant(pos, x.channels), constant(neg, x.channels))
    return b.emit(op, [x], layer, suffix)


def sign(tie: int) -> Callable[[Builder, Layer, Value, str], Value]:
    return lambda b, layer, x, suffix: b.emit(Sign(tie), [x], layer, suffix)


def clip(b: Builder, layer: Layer, x: Value, lo: int, hi: int, suffix: str) -> Value:
    return b.emit(Clip(lo, hi), [x], layer, suffix)


# By name, whether as a layer's `activation`, in an Activation layer or (Larq) as an object.
FUNCTIONS: dict[str, Callable[[Builder, Layer, Value, str], Value]] = {
    "linear": lambda b, layer, x, suffix: x,
    "relu": lambda b, layer, x, suffix: piecewise(b, layer, x, Fraction(1), Fraction(0), suffix),
    "relu6": lambda b, layer, x, suffix: clip(b, layer, x, 0, 6, suffix),
    "leaky_relu": lambda b, layer, x, suffix: piecewise(b, layer, x, Fraction(1), float32(0.2), suffix),
    "hard_tanh": lambda b, layer, x, suffix: clip(b, layer, x, -1, 1, suffix),
    "ste_sign": sign(1),
    "approx_sign": sign(1),
    "swish_sign": sign(1),
    "binary_tanh": sign(-1),
}

REASONS = {
    "sign": ("sign(0) is 0 there, which is no bit", "use ste_sign (Larq) or binloom's Sign layer"),
    "ste_heaviside": ("its bits are 0 and 1, not -1 and +1", "use ste_sign"),
    "binary_sigmoid": ("its bits are 0 and 1, not -1 and +1", "use binary_tanh"),
}
REMEDY = f"use one of {', '.join(sorted(FUNCTIONS))}, or, at the very end, {', '.join(sorted(ORDER_KEEPING))}"


def activate(b: Builder, layer: Layer, x: Value, suffix: str = "act", key: str = "activation") -> Value:
    """The layer's `activation`, on its own or after its product and bias."""
    stated = layer.config.get(key)
    if stated is None:
        return x
    name = snake(class_of(stated)[0])
    if name in FUNCTIONS:
        return FUNCTIONS[name](b, layer, x, suffix)
    if name in ORDER_KEEPING:
        return ending(b, layer, x, name)
    reason, remedy = REASONS.get(name, ("binloom does not know it", REMEDY))
    b.refuse(layer, f"activation {name!r}: {reason}", remedy)
    return x


def ending(b: Builder, layer: Layer, x: Value, name: str) -> Value:
    """An activation that keeps the order: left out, where nothing but results comes after it."""
    if not is_last(b, layer):
        b.refuse(
            layer,
            f"{name} stands between layers, where its value counts",
            f"binloom knows {name} as the last layer only",
        )
    b.endings[layer.name] = name
    return x


def is_last(b: Builder, layer: Layer) -> bool:
    users = b.users(layer)
    if layer.name in b.layers.outputs or not users:
        return not users
    return all(user.kind in TRANSPARENT and is_last(b, user) for user in users)


def activation(b: Builder, layer: Layer, x: Value) -> Value:
    return activate(b, layer, x, suffix="")


def softmax(b: Builder, layer: Layer, x: Value) -> Value:
    if not is_last_axis(layer.config.get("axis", -1), x.rank):
        b.refuse(layer, "it does not run along the channels", "use axis=-1")
    return ending(b, layer, x, "softmax")


def relu(b: Builder, layer: Layer, x: Value) -> Value:
    slope = number(b, layer, "negative_slope", 0.0)
    if number(b, layer, "threshold", 0.0) != 0:
        b.refuse(layer, "its threshold is not 0", "use threshold=0")
    if slope or layer.config.get("max_value") is None:
        x = piecewise(b, layer, x, Fraction(1), float32(slope), "")
    if layer.config.get("max_value") is None:
        return x
    top = float32(number(b, layer, "max_value", 0.0))
    if slope:
        b.refuse(layer, "it has both a slope and a ceiling", "use one of negative_slope and max_value")
    if top <= 0:
        b.refuse(layer, f"max_value must be positive, got {top}", "mend the layer's configuration")
        return x
    return b.emit(Clip(0, int(top) if top.denominator == 1 else top), [x], layer)


def leaky_relu(b: Builder, layer: Layer, x: Value) -> Value:
    key = "negative_slope" if "negative_slope" in layer.config else "alpha"
    return piecewise(b, layer, x, Fraction(1), float32(number(b, layer, key, 0.3)), "")


def prelu(b: Builder, layer: Layer, x: Value) -> Value:
    """A slope for each channel; one for each position only where the positions agree."""
    alpha = weight(b, layer, "alpha")
    if alpha.shape[-1:] != (x.channels,):
        b.fail(layer, f"alpha has shape {alpha.shape}, not one slope a channel", "use shared_axes=[1, 2]")
    slopes = alpha.reshape(-1, x.channels)
    if not np.all(slopes == slopes[0]):
        b.refuse(layer, "its slopes differ from position to position", "use shared_axes=[1, 2]")
    return b.emit(PiecewiseAffine(constant(1, x.channels), rationals(slopes[0])), [x], layer)


def clip_layer(b: Builder, layer: Layer, x: Value) -> Value:
    lo, hi = (float32(number(b, layer, key, default)) for key, default in (("lo", -127.0), ("hi", 127.0)))
    if lo > hi:
        b.fail(layer, f"lo must not exceed hi, got {lo} and {hi}", "mend the layer's configuration")
    ends = (int(end) if end.denominator == 1 else end for end in (lo, hi))
    return b.emit(Clip(*ends), [x], layer)


def sign_layer(b: Builder, layer: Layer, x: Value) -> Value:
    return b.emit(Sign(1), [x], layer)


LAYERS = {
    ("keras", "Activation"): activation,
    ("keras", "Softmax"): softmax,
    ("keras", "ReLU"): relu,
    ("keras", "LeakyReLU"): leaky_relu,
    ("keras", "PReLU"): prelu,
    ("binloom", "Clip"): clip_layer,
    ("binloom", "Sign"): sign_layer,
    # Larq's quantizers are layers too.
    ("larq", "SteSign"): sign_layer,
    ("larq", "ApproxSign"): sign_layer,
    ("larq", "SwishSign"): sign_layer,
}
