"""What training does to a real number to make it a bit, and what keeps the number near enough to change its mind."""

import keras
from keras import ops

# What stands in for the sign while a gradient passes: its derivative on [-1, 1]; outside it is 0.
GRADIENTS = {
    "straight": lambda x: x,  # 1, the straight-through estimator
    "polynomial": lambda x: x * (2 - ops.abs(x)),  # 2 - 2|x|, Bi-Real Net's and ReActNet's
}


def sign(x, gradient: str = "straight"):
    """+1 where x >= 0, -1 elsewhere.

        y = sign(x), sign(0) = +1          dy/dx = 1 if |x| <= 1 else 0             "straight"
                                           dy/dx = 2 - 2|x| if |x| <= 1 else 0      "polynomial"

    The values are exact: what carries the gradient is subtracted from itself.
    """
    x = ops.convert_to_tensor(x)
    bit = ops.where(x >= 0, ops.ones_like(x), -ops.ones_like(x))
    # Not ops.clip: the backends differ in its gradient at the very bounds.
    through = ops.where(ops.abs(x) <= 1, GRADIENTS[gradient](x), ops.zeros_like(x))
    return with_gradient_of(bit, through)


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
