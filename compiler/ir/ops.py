"""The op table: what a node of the graph can be. `docs/ir.md` gives each one's formula, `interpret.py` its meaning.

What it takes to add one is listed at the end of `docs/ir.md`.

Ops marked *real* hold exact rationals (object arrays of `fractions.Fraction`) or float64 kernels. They exist only
between the reader and the passes that remove them; the finished, *integer* graph has none.
"""

import weakref
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import ClassVar

import numpy as np

from binloom.hw.ovsf.codes import signs

Pair = tuple[int, int]
Shape = tuple[int, int, int]  # height, width, channels; a vector is (1, 1, n)


class Fill(Enum):
    """What a padded position holds."""

    ZERO = "zero"  # contributes nothing, over bits as well
    PLUS_ONE = "plus_one"
    MINUS_ONE = "minus_one"


@dataclass(frozen=True, slots=True)
class Padding:
    """Positions added on each side, and what they hold."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    fill: Fill = Fill.ZERO

    @property
    def any(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)


NO_PADDING = Padding()


@dataclass(frozen=True, slots=True)
class Op:
    """Base of all ops. `arity` is the number of inputs, None where it is two or more."""

    arity: ClassVar[int | None] = 1
    real: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Input(Op):
    """A frame of integers lo..hi (usually 0..255)."""

    arity: ClassVar[int | None] = 0
    shape: Shape
    lo: int = 0
    hi: int = 255


@dataclass(frozen=True, slots=True)
class BitPlanes(Op):
    """The bits of numbers 0..2**bits - 1 as channels: y[c * planes + p] = bit bits - planes + p of x[c], +1 where set.

    So the `planes` most significant are kept, and of these the least significant comes first.
    """

    planes: int = 8
    bits: int = 8


@dataclass(frozen=True, slots=True)
class ShiftAdd(Op):
    """y[c * filters + n] = sum over p of 2**p * x[(c * planes + p) * filters + n]; bits count as -1 and +1."""

    planes: int
    filters: int


@dataclass(frozen=True, slots=True, eq=False)
class Conv(Op):
    """Grouped, strided, dilated convolution. Depthwise is groups = input channels, output channel c * M + m.

    weights: (kh, kw, input channels / groups, output channels). `binary` says that every weight is -1 or +1.
    The weights are int64, or float64 before the passes quantise them (then the op counts as real).
    bias: int64 per output channel, or None.
    """

    weights: np.ndarray
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = NO_PADDING
    groups: int = 1
    bias: np.ndarray | None = None

    @property
    def kernel(self) -> Pair:
        return self.weights.shape[0], self.weights.shape[1]

    @property
    def binary(self) -> bool:
        return is_binary(self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Dense(Op):
    """Matrix product of a vector (1, 1, n) with weights (n, m), plus a bias of m integers or None. See Conv."""

    weights: np.ndarray
    bias: np.ndarray | None = None

    @property
    def binary(self) -> bool:
        return is_binary(self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class OvsfConv(Op):
    """A convolution whose filters are sums of orthogonal codes: that of the kernel

    w[ky, kx, i, o] = sum over j of coefficients[j, o] * code(codes[j])[places[ky, kx, i]],

    code(k)[n] = -1 where k and n, its `length.bit_length() - 1` bits read backwards, share an odd number of ones, else
    +1. coefficients: (codes, outputs); codes: int64, no two alike; places: int64 (kh, kw, channels), no two alike, the
    order in which a code is laid over the window. The length is a power of two; places that nobody takes are left out.
    """

    coefficients: np.ndarray
    codes: np.ndarray
    places: np.ndarray
    length: int
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = NO_PADDING
    bias: np.ndarray | None = None

    @property
    def kernel(self) -> Pair:
        return self.places.shape[0], self.places.shape[1]

    @property
    def plain(self) -> Conv:
        """The convolution of the kernel that the codes add up to."""
        return Conv(_kernel(self), self.stride, self.dilation, self.padding, bias=self.bias)


def _kernel(op: OvsfConv) -> np.ndarray:
    """The kernel of an op, made once for as long as its arrays live."""
    arrays = op.coefficients, op.codes, op.places
    key = (*map(id, arrays), op.length)
    if key not in _KERNELS or any(ref() is not array for ref, array in zip(_KERNELS[key][0], arrays, strict=True)):
        kernel = np.tensordot(signs(op.codes, op.places, op.length), op.coefficients, axes=(0, 0))
        refs = [weakref.ref(array, lambda _: _KERNELS.pop(key, None)) for array in arrays]
        _KERNELS[key] = refs, kernel
    return _KERNELS[key][1]


_KERNELS: dict[tuple[int, ...], tuple[list[weakref.ref], np.ndarray]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Threshold(Op):
    """bit = (x >= bound) xor flip, per channel. bound: int64 (channels,); flip: bool (channels,)."""

    bound: np.ndarray
    flip: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Affine(Op):
    """y = floor((x * mul + add) / 2**shift), per channel. mul, add: int64 (channels,)."""

    mul: np.ndarray
    add: np.ndarray
    shift: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PiecewiseAffine(Op):
    """y = x * pos where x >= 0, x * neg elsewhere, per channel (ReLU: pos 1, neg 0). int64, or Fractions while real."""

    pos: np.ndarray
    neg: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Knee(Op):
    """Two lines, one for each side of a number, per channel; int64 (channels,) all.

    y = floor((x * pos + above) / 2**shift) where x >= knee, floor((x * neg + below) / 2**shift) elsewhere.
    """

    knee: np.ndarray
    pos: np.ndarray
    neg: np.ndarray
    above: np.ndarray
    below: np.ndarray
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Clip(Op):
    """y = min(max(x, lo), hi). Bounds that are Fractions make it real."""

    lo: int | Fraction
    hi: int | Fraction


@dataclass(frozen=True, slots=True, eq=False)
class MaxPool(Op):
    """Largest value of each window, or the smallest in channels where `minimum` is set; padding does not take part."""

    size: Pair
    stride: Pair
    padding: Padding = NO_PADDING
    minimum: np.ndarray | None = None  # bool (channels,)


@dataclass(frozen=True, slots=True, eq=False)
class SumPool(Op):
    """y[oy, ox, c] = rows[oy] * cols[ox] * sum of the window's elements that exist.

    An average is a SumPool followed by a constant scale: `rows` and `cols` (int64, one per output row and column)
    make up for windows that the border cut short. Over bits the sum is of -1s and +1s.
    """

    size: Pair
    stride: Pair
    rows: np.ndarray
    cols: np.ndarray
    padding: Padding = NO_PADDING


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """A border of its own, where no convolution can take it in. Over bits the fill must not be zero."""

    padding: Padding


@dataclass(frozen=True, slots=True)
class Add(Op):
    """Elementwise sum of two or more tensors of one shape; bits count as -1 and +1."""

    arity: ClassVar[int | None] = None


@dataclass(frozen=True, slots=True)
class Concat(Op):
    """Channels of the first input, then of the second, and so on; bits beside integers count as -1 and +1."""

    arity: ClassVar[int | None] = None


@dataclass(frozen=True, slots=True)
class Reshape(Op):
    """The same elements in the same row-major order under another shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class ArgMax(Op):
    """The indices of the k largest of a vector, largest first; of equals the lowest index first."""

    k: int = 1


@dataclass(frozen=True, slots=True)
class Equalise(Op):
    """The histogram of a frame of one channel spread over 0..255: y = floor(255 * (c[x] - c0) / (n - c0) + 1/2).

    n: positions of the frame; c[v]: how many of them hold v or less; c0: how many hold its least value. Where n = c0,
    every position holding the same value, y = x.
    """


@dataclass(frozen=True, slots=True)
class Standardise(Op):
    """A frame of one channel less its mean, in standard deviations: y = floor(2**places * (n * x - sum) / d + 1/2).

    n: positions of the frame; sum and squares: of all x and of all x**2; d = isqrt(max(n * squares - sum**2, n)),
    which is n times the deviation, or n times 1 / sqrt(n) where that is more. y saturates to a signed number of
    `bits` bits.
    """

    places: int = 5
    bits: int = 8


@dataclass(frozen=True, slots=True)
class Output(Op):
    """Names its input as a result of the graph."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale(Op):
    """Real: y = mul * x + add per channel, exact rationals (Fractions)."""

    real: ClassVar[bool] = True
    mul: np.ndarray
    add: np.ndarray


@dataclass(frozen=True, slots=True)
class Sign(Op):
    """Real: a bit from a number. `tie` is what 0 becomes, +1 (x >= 0) or -1 (x > 0)."""

    real: ClassVar[bool] = True
    tie: int = 1

    def __post_init__(self) -> None:
        if self.tie not in (-1, 1):
            raise ValueError(f"a tie becomes -1 or +1, got {self.tie}")


@dataclass(frozen=True, slots=True)
class FixedPoint(Op):
    """Real: y = step * min(max(floor(x / step + 1/2), lo), hi), a number of few bits."""

    real: ClassVar[bool] = True
    step: int | Fraction
    lo: int
    hi: int


def is_binary(weights: np.ndarray) -> bool:
    return bool(np.all((weights == 1) | (weights == -1)))


OPS: dict[str, type[Op]] = {
    op.__name__: op
    for op in (
        Input, BitPlanes, ShiftAdd, Conv, Dense, OvsfConv, Threshold, Affine, PiecewiseAffine, Knee, Clip, MaxPool,
        SumPool, Pad, Add, Concat, Reshape, ArgMax, Equalise, Standardise, Output, Scale, Sign, FixedPoint,
    )
}  # fmt: skip
