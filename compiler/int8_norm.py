"""The int8 batch normalisation: parameters in one 16-bit format, a product of 32 bits, int8 at both ends.

Algorithm 2 of "Binary Neural Networks at the Edge". `docs/clipped.md` tells it in words; the Keras layer
`Int8BatchNormalization` says the same in `keras.ops`, to the bit.

    x = i / 2**input_fraction, y = o / 2**output_fraction, i and o whole numbers from -127 to 127
    parameters   gamma, beta, mean / 2**unit, sigma / 2**unit, with sigma = sqrt(variance + epsilon) in float32
    range bits   clip(ceil(log2(largest |parameter|)), 0, 15), of all channels together
    F            15 - range bits
    code(w)      floor(w * 2**F + 1/2), at most 32767 either way; sigma's at least 1
    R            floor(code(gamma) * 2**F / code(sigma) + 1/2), at most 32767 either way
    T            code(beta) * 2**F - code(mean) * R
    y'           R * i / 2**(F + unit + input_fraction) + T / 2**(2 * F)
    o            floor(y' * 2**output_fraction + 1/2), at most 127 either way
"""

from dataclasses import dataclass

import numpy as np

LARGEST = 127  # of what goes in and comes out
CODE = (1 << 15) - 1  # the largest code of a parameter
ADDEND = (1 << 30) - 1  # the largest addend, so that no sum passes 32 bits
RANGE_BITS = 15

# input_fraction + unit - output_fraction: within these no shift of a product leaves 32 bits.
FINEST, COARSEST = -7, 15


@dataclass(frozen=True, slots=True)
class Places:
    """Binary places of what goes in and comes out, and the unit of mean and sigma; RULE says which go together."""

    input: int
    output: int
    unit: int = 0

    @property
    def possible(self) -> bool:
        each = all(-COARSEST <= places <= COARSEST for places in (self.input, self.output, self.unit))
        return each and FINEST <= self.input + self.unit - self.output <= COARSEST


RULE = (
    f"input_fraction, output_fraction and unit must each lie between {-COARSEST} and {COARSEST}, and "
    f"input_fraction + unit - output_fraction between {FINEST} and {COARSEST}"
)


@dataclass(frozen=True, slots=True, eq=False)
class Int8Norm:
    """o = clip(floor((i * mul + add) / 2**shift), -127, 127), channel by channel."""

    mul: np.ndarray  # int64
    add: np.ndarray
    shift: int
    saturated: int  # channels whose quotient gamma / sigma is beyond the format by more than a step

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        return np.clip((codes * self.mul + self.add) >> self.shift, -LARGEST, LARGEST)


def int8_norm(
    gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray, epsilon: float, places: Places
) -> Int8Norm:
    """The unit of a trained BatchNormalization; ValueError for places that do not go together."""
    if not places.possible:
        raise ValueError(f"{RULE}, got {places.input}, {places.output} and {places.unit}")
    sigma = np.sqrt(variance.astype(np.float32) + np.float32(epsilon))
    parameters = [
        np.ldexp(values.astype(np.float32).astype(np.float64), -places.unit * units)
        for values, units in ((gamma, 0), (beta, 0), (mean, 1), (sigma, 1))
    ]
    format = RANGE_BITS - range_bits(parameters)
    g, b, m, s = (code(parameter, format) for parameter in parameters)
    s = np.maximum(s, 1)
    quotient = (2 * (g << format) + s) // (2 * s)
    ratio = np.clip(quotient, -CODE, CODE)
    offset = (b << format) - m * ratio
    fine = places.input + places.unit  # a product has format + fine places, the offset 2 * format
    shift = format + fine - places.output
    if shift >= 1:
        add = scaled(offset, fine - format) + (1 << (shift - 1))
    else:
        add = scaled(scaled(offset, 1 + places.output - 2 * format) + 1, -1)
    mul = ratio << max(-shift, 0)
    return Int8Norm(mul, add, max(shift, 0), int((np.abs(quotient - ratio) > 1).sum()))


def range_bits(parameters: list[np.ndarray]) -> int:
    """clip(ceil(log2(largest)), 0, 15), by comparisons: a power of two is not taken for more than it is."""
    largest = max(float(np.abs(parameter).max()) for parameter in parameters)
    return sum(largest > 2.0**k for k in range(RANGE_BITS))


def code(parameter: np.ndarray, places: int) -> np.ndarray:
    whole = np.floor(np.clip(np.ldexp(parameter, places), -CODE - 1, CODE + 1) + 0.5)
    return np.clip(whole, -CODE, CODE).astype(np.int64)


def scaled(value: np.ndarray, places: int) -> np.ndarray:
    """floor(value * 2**places), at most ADDEND either way."""
    whole = value >> -places if places <= 0 else value << places
    return np.clip(whole, -ADDEND, ADDEND)
