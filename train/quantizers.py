"""What training does to a real number to make it a bit, and what keeps the number near enough to change its mind."""

import math

import keras
from keras import ops


def _within(x, y):
    """y where x lies in [-1, 1], 0 elsewhere. Not ops.clip: the backends differ in its gradient at the very bounds."""
    return ops.where(ops.abs(x) <= 1, y, ops.zeros_like(x))


# What stands in for the sign while a gradient passes, by its derivative.
GRADIENTS = {
    "straight": lambda x: x,  # 1: the straight-through estimator
    "clipped": lambda x: _within(x, x),  # 1 on [-1, 1], else 0: BinaryNet's
    "polynomial": lambda x: _within(x, x * (2 - ops.abs(x))),  # 2 - 2|x| on [-1, 1], else 0: Bi-Real Net's, ReActNet's
}


def sign(x, gradient: str = "clipped"):
    """+1 where x >= 0, -1 elsewhere.

        y = sign(x), sign(0) = +1          dy/dx = 1                                "straight"
                                           dy/dx = 1 if |x| <= 1 else 0             "clipped"
                                           dy/dx = 2 - 2|x| if |x| <= 1 else 0      "polynomial"

    The values are exact: what carries the gradient is subtracted from itself.
    """
    x = ops.convert_to_tensor(x)
    bit = ops.where(x >= 0, ops.ones_like(x), -ops.ones_like(x))
    return with_gradient_of(bit, GRADIENTS[gradient](x))


def revived(w, tau: float):
    """What carries the gradient of a standardised kernel: ReCU (Xu et al. 2021), for each filter, the last axis.

        z = 2 sqrt(2) * (w - mean(w)) / sqrt(variance(w) + 1e-5)
        y = min(max(z, -Q), Q),  Q = -mean|z| * ln(2 - 2 * tau)       dy/dz = 1 if |z| <= Q else 0

    Weights beyond the quantile tau, which no gradient would bring back soon, are drawn to it; mean|z| is taken for a
    constant.
    """
    w = ops.convert_to_tensor(w)
    axes = list(range(len(w.shape) - 1))
    centred = w - ops.mean(w, axes, keepdims=True)
    z = 2 * math.sqrt(2) * centred / ops.sqrt(ops.mean(ops.square(centred), axes, keepdims=True) + 1e-5)
    most = ops.stop_gradient(-math.log(2 - 2 * tau) * ops.mean(ops.abs(z), axes, keepdims=True))
    return ops.where(z > most, most, ops.where(z < -most, -most, z))


def known_gradient(gradient: str) -> str:
    """The name, if it is one of GRADIENTS."""
    if gradient not in GRADIENTS:
        raise ValueError(f"the gradient of a sign is one of {', '.join(GRADIENTS)}, got {gradient!r}")
    return gradient


def on_grid(x, step: float, top: int):
    """The nearest whole multiple of a step (a power of two), at most `top` of them from 0; halves go up.

    y = step * min(max(floor(x / step + 1/2), -top), top)       dy/dx = 1 if |x| <= top * step else 0
    """
    x = ops.convert_to_tensor(x)
    near = ops.clip(half_up(x / step), -top, top) * step
    through = ops.where(ops.abs(x) <= top * step, x, ops.zeros_like(x))
    return with_gradient_of(near, through)


def half_up(x):
    """floor(x + 1/2), also where x + 1/2 is no number of the type; ops.round takes halves to the even side."""
    lower = ops.floor(x)
    return lower + ops.cast(x - lower >= 0.5, lower.dtype)


def clip(x, lo: float, hi: float):
    """min(max(x, lo), hi)       dy/dx = 1 if lo <= x <= hi else 0"""
    x = ops.convert_to_tensor(x)
    through = ops.where((x >= lo) & (x <= hi), x, ops.zeros_like(x))
    return with_gradient_of(ops.clip(x, lo, hi), through)


def with_gradient_of(value, other):
    """`value` to the bit, with the gradient that `other` has: what carries it is subtracted from itself."""
    return ops.stop_gradient(value) + (other - ops.stop_gradient(other))


@keras.saving.register_keras_serializable(package="binloom")
class UnitClip(keras.constraints.Constraint):
    """Clips latent weights to [-1, 1] after each step: beyond them no gradient would bring them back."""

    def __call__(self, w):
        return ops.clip(w, -1, 1)


@keras.saving.register_keras_serializable(package="binloom")
class Centred(keras.constraints.Constraint):
    """Takes the mean off each filter (the last axis) after each step: stored weights are those whose signs count."""

    def __call__(self, w):
        return w - ops.mean(w, list(range(len(w.shape) - 1)), keepdims=True)
