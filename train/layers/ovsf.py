"""A convolution whose filters are sums of orthogonal codes (BinaryFlex): what is learned is how much of each code.

Codes of length L = 2^l are the rows of the tree (C) -> (C, C), (C, -C). Only the coefficients are stored, so that a
layer of ratio 0.25 holds a quarter of the numbers of its kernel; the codes are the same for everybody.
"""

from collections.abc import Collection
from math import prod

import keras
import numpy as np
from keras import ops

from binloom.compiler.ovsf_codes import CHOICES, STEPS, chosen_codes
from binloom.train.precision import exact
from binloom.train.quantizers import UnitClip, sign, with_gradient_of

ORDERS = ("hwc", "chw")


def tree_codes(length: int) -> np.ndarray:
    """All codes of a length, a power of two, float32 (codes, elements): code k has the children 2 * k and 2 * k + 1."""
    codes = np.ones((1, 1), np.float32)
    while len(codes) < length:
        codes = np.stack([np.hstack([codes, codes]), np.hstack([codes, -codes])], axis=1).reshape(2 * len(codes), -1)
    return codes


def fixed(coefficients):
    """A whole number from -127 to 127 over 128, the nearest, of halves the upper; gradients pass unchanged.

    y = clip(floor(128 * x + 1/2), -127, 127) / 128
    """
    x = ops.convert_to_tensor(coefficients)
    return with_gradient_of(ops.clip(ops.floor(x * STEPS + 0.5), 1 - STEPS, STEPS - 1) / STEPS, x)


@keras.saving.register_keras_serializable(package="binloom")
class OvsfConv2D(keras.layers.Layer):
    """y[oy, ox, m] = bias[m] + sum over ky, kx, c of w[ky, kx, c, m] * b(x[iy, ix, c]),

    w[ky, kx, c, m] = sum over j of fixed(coefficients[j, m]) * code(codes[j])[place(ky, kx, c)],

    iy = oy*stride + ky*dilation - padding, ix likewise; b is `quantizers.sign` if `binary_input`, else the identity,
    and what lies outside of x counts as 0. The length L of a code is the power of two from kh * kw * channels up;
    place(ky, kx, c) is (ky * kw + kx) * channels + c with order "hwc", (c * kh + ky) * kw + kx with "chw", and what a
    code has behind the last place is left out.

    `ratio`: how many codes, max(1, floor(ratio * L)). `codes`: which, "first" (0, 1, 2, ...), "spread" (every
    L / count-th), "mixed" (one of each L / count, as if by chance), or a list of them, as `pruned` gives; with a
    list the ratio says nothing.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        *,
        ratio: float = 1.0,
        codes="first",
        order: str = "hwc",
        strides=1,
        padding: str = "valid",
        dilation_rate=1,
        use_bias: bool = False,
        binary_input: bool = False,
        **config,
    ):
        super().__init__(**exact(config))
        if not 0 < ratio <= 1:
            raise ValueError(f"ratio must lie above 0 and not above 1, got {ratio}")
        if isinstance(codes, str) and codes not in CHOICES:
            raise ValueError(f"codes must be 'first', 'spread', 'mixed' or a list of numbers, got {codes!r}")
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, got {order!r}")
        if padding not in ("valid", "same"):
            raise ValueError(f"padding must be 'valid' or 'same', got {padding!r}")
        self.filters, self.ratio, self.order, self.padding = int(filters), float(ratio), order, padding
        self.kernel_size, self.strides, self.dilation_rate = (_pair(n) for n in (kernel_size, strides, dilation_rate))
        self.codes = codes if isinstance(codes, str) else [int(code) for code in codes]
        self.use_bias, self.binary_input = use_bias, binary_input

    def build(self, input_shape):
        shape = (*self.kernel_size, input_shape[-1])
        self.length = 1 << (prod(shape) - 1).bit_length()
        self.chosen = (
            chosen_codes(self.codes, self.ratio, self.length)
            if isinstance(self.codes, str)
            else listed_codes(self.codes, self.length)
        )
        rows = tree_codes(self.length)[self.chosen, : prod(shape)]
        if self.order == "chw":
            rows = rows.reshape(-1, shape[2], *shape[:2]).transpose(0, 2, 3, 1).reshape(len(rows), -1)
        self.rows = np.ascontiguousarray(rows.T)  # (places, codes), the places row by row, channels last
        self.coefficients = self.add_weight(
            name="coefficients",
            shape=(len(self.chosen), self.filters),
            initializer=keras.initializers.RandomUniform(-0.5, 0.5),
            constraint=UnitClip(),
        )
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.built = True

    def call(self, inputs):
        channels = inputs.shape[-1]
        kernel = ops.reshape(
            ops.matmul(self.rows, fixed(self.coefficients)), (*self.kernel_size, channels, self.filters)
        )
        outputs = ops.conv(
            sign(inputs) if self.binary_input else inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format="channels_last",
        )
        return outputs + self.bias if self.use_bias else outputs

    def compute_output_shape(self, input_shape):
        spatial = [
            -(-(n if self.padding == "same" else n - (size - 1) * gap) // step)
            for n, size, step, gap in zip(
                input_shape[1:3], self.kernel_size, self.strides, self.dilation_rate, strict=True
            )
        ]
        return (input_shape[0], *spatial, self.filters)

    def get_config(self):
        own = {"filters": self.filters, "kernel_size": list(self.kernel_size), "ratio": self.ratio, "codes": self.codes}
        own |= {"order": self.order, "strides": list(self.strides), "padding": self.padding}
        own |= {"dilation_rate": list(self.dilation_rate), "use_bias": self.use_bias, "binary_input": self.binary_input}
        return {**super().get_config(), **own}


def listed_codes(codes: list[int], length: int) -> list[int]:
    """The codes themselves, or ValueError where a layer cannot keep these."""
    if not codes or min(codes) < 0 or max(codes) >= length or len(set(codes)) < len(codes):
        raise ValueError(f"codes must be different numbers of 0 .. {length - 1}, got {codes}")
    return list(codes)


def pruned(model: keras.Model, ratio: float, names: Collection[str] | None = None) -> keras.Model:
    """A copy of a model in which each OvsfConv2D keeps, of the codes that it has, the part `ratio` of its length whose
    coefficients have the largest squares summed over all filters. Train it on to make up for what is gone.

    `names`: of the layers that are pruned; by default all are.
    """
    kept: dict[str, list[int]] = {}

    def copy(layer):
        config = layer.get_config()
        if isinstance(layer, OvsfConv2D) and (names is None or layer.name in names):
            energy = (ops.convert_to_numpy(layer.coefficients) ** 2).sum(axis=1)
            count = min(len(energy), max(1, int(ratio * layer.length)))
            kept[layer.name] = sorted(np.argsort(-energy, kind="stable")[:count].tolist())
            config |= {"codes": [layer.chosen[index] for index in kept[layer.name]]}
        return type(layer).from_config(config)

    smaller = keras.models.clone_model(model, clone_function=copy)
    for layer in model.layers:
        weights = layer.get_weights()
        if layer.name in kept:
            weights[0] = weights[0][kept[layer.name]]
        smaller.get_layer(layer.name).set_weights(weights)
    return smaller


def _pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
