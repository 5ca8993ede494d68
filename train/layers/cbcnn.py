"""CBCNN's layers, in its dialect: weights of -H and +H, and a sign whose tie is -1, in weights and activations alike.

Everything goes through one function, 2 * round(clip((x + 1) / 2, 0, 1)) - 1, which rounds a half to even: 0 becomes -1.
`H` is 1 or "Glorot", sqrt(1.5 / (inputs + outputs)) with the kernel's area counted in; latent weights stay in [-H, H].
Stored models name these layers `CBCNN>BinaryConv2D` and so on, as the authors' code does.
"""

import math
from typing import Any

import keras
from keras import ops

from binloom.train.precision import exact
from binloom.train.quantizers import clip, with_gradient_of

register = keras.saving.register_keras_serializable(package="CBCNN")


@register
def binary_tanh(x):
    """-1 where x <= 0, +1 elsewhere; the gradient passes unchanged where |x| <= 1 and is zero outside."""
    x = ops.convert_to_tensor(x)
    return with_gradient_of(2 * ops.round(ops.clip(0.5 * x + 0.5, 0, 1)) - 1, clip(x, -1, 1))


@register
class Within(keras.constraints.Constraint):
    """Clips latent weights to [-H, H] after each step: beyond them no gradient would bring them back."""

    def __init__(self, H: float):
        self.H = H

    def __call__(self, w):
        return ops.clip(w, -self.H, self.H)

    def get_config(self):
        return {"H": self.H}


class Scaled:
    """A kernel of -H and +H, by the latent one that is trained."""

    def __init__(self, *args, H: float | str = 1.0, **config) -> None:
        if H != "Glorot" and not (isinstance(H, int | float) and 0 < H < math.inf):
            raise ValueError(f"H must be a positive number or 'Glorot', got {H!r}")
        super().__init__(*args, **exact(config))
        self.H = H

    kernel: Any

    def build(self, input_shape) -> None:
        super().build(input_shape)  # type: ignore[misc]
        *area, inputs, outputs = self.kernel.shape
        self.scale = math.sqrt(1.5 / (math.prod(area) * (inputs + outputs))) if self.H == "Glorot" else float(self.H)
        self.kernel.constraint = Within(self.scale)

    def binarised(self):
        return self.scale * binary_tanh(self.kernel / self.scale)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "H": self.H}  # type: ignore[misc]


@register
class BinaryConv2D(Scaled, keras.layers.Conv2D):
    """y[oy, ox, m] = bias[m] + sum over ky, kx, c of H * b(kernel[ky, kx, c, m] / H) * x[iy, ix, c], b = `binary_tanh`.

    Everything else is as in `keras.layers.Conv2D`.
    """

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(inputs, self.binarised())


@register
class BinaryDense(Scaled, keras.layers.Dense):
    """y[m] = bias[m] + sum over n of H * b(kernel[n, m] / H) * x[n], b = `binary_tanh`."""

    def call(self, inputs):
        outputs = ops.matmul(inputs, self.binarised())
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)
