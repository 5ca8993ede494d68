"""What training does to a real number to make it a bit, and what keeps the number near enough to change its mind."""

import keras
from keras import ops


def sign(x):
    """+1 where x >= 0, -1 elsewhere; the gradient passes unchanged where |x| <= 1 and is zero outside.

        y = sign(x), sign(0) = +1          dy/dx = 1 if |x| <= 1 else 0     (straight-through estimator)

    The values are exact: what carries the gradient is subtracted from itself.
    """
    x = ops.convert_to_tensor(x)
    bit = ops.where(x >= 0, ops.ones_like(x), -ops.ones_like(x))
    # Not ops.clip: the backends differ in its gradient at the very bounds.
    through = ops.where(ops.abs(x) <= 1, x, ops.zeros_like(x))
    return ops.stop_gradient(bit) + (through - ops.stop_gradient(through))


@keras.saving.register_keras_serializable(package="binloom")
class UnitClip(keras.constraints.Constraint):
    """Clips latent weights to [-1, 1] after each step: beyond them no gradient would bring them back."""

    def __call__(self, w):
        return ops.clip(w, -1, 1)
