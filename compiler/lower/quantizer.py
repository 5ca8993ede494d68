"""Quantizers: which of a binary layer's numbers become bits, by which dialect's rule for a tie."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.ops import Sign
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import class_of, snake

# They differ in their gradients only; forward each one is sign with sign(0) = +1.
SIGNS = frozenset({"ste_sign", "approx_sign", "swish_sign"})
MAGNITUDE_AWARE = frozenset({"magnitude_aware_sign"})
NOTHING = frozenset({"no_op", "no_op_quantizer", "none"})

REMEDY = "use ste_sign, approx_sign, swish_sign or (for kernels) magnitude_aware_sign"


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A kernel as it counts: weights (int64 -1 and +1, or float64) times one factor per output channel."""

    weights: np.ndarray
    factor: np.ndarray  # Fractions, one for each entry of the weights' last axis


def name_of(quantizer: object) -> str:
    """ste_sign for "ste_sign", "SteSign" and {"class_name": "SteSign", ...} alike."""
    return "none" if quantizer is None else snake(class_of(quantizer)[0])


def bits(latent: np.ndarray) -> np.ndarray:
    """+1 where w >= 0, -1 elsewhere, int64."""
    return np.where(latent >= 0, 1, -1).astype(np.int64)


def plain(kernel: np.ndarray) -> Kernel:
    """A kernel that counts as it is stored."""
    return Kernel(kernel.astype(np.float64), constant(1, kernel.shape[-1]))


def sign_kernel(latent: np.ndarray) -> Kernel:
    return Kernel(bits(latent), constant(1, latent.shape[-1]))


def larq_kernel(b: Builder, layer: Layer, key: str, latent: np.ndarray, over_bits: bool) -> Kernel:
    """What `kernel_quantizer` and its kin make of the latent kernel."""
    name = name_of(layer.config.get(key))
    if name in SIGNS:
        return sign_kernel(latent)
    if name in MAGNITUDE_AWARE:
        # Larq takes the mean in float32; float64 is what it rounds from.
        means = np.abs(latent.astype(np.float64)).reshape(-1, latent.shape[-1]).mean(axis=0)
        return Kernel(bits(latent), rationals(means))
    if name not in NOTHING:
        b.refuse(layer, f"{key} {name!r} is not known", REMEDY)
        return sign_kernel(latent)
    if over_bits and not np.all(np.abs(latent) == 1):
        b.refuse(
            layer,
            f"it takes bits in, but its kernel is neither -1 and +1 nor has a {key}",
            f"give it a {key}: {REMEDY}",
        )
    return plain(latent)


def larq_input(b: Builder, layer: Layer, key: str, x: Value, suffix: str = "sign") -> Value:
    """What `input_quantizer` makes of the layer's input."""
    name = name_of(layer.config.get(key))
    if name in SIGNS:
        return b.emit(Sign(1), [x], layer, suffix)
    if name in MAGNITUDE_AWARE:
        b.refuse(layer, f"{key} {name!r} scales by a mean over the images of a batch", "use ste_sign for activations")
    elif name not in NOTHING:
        b.refuse(layer, f"{key} {name!r} is not known", REMEDY)
    return x


def cbcnn_kernel(b: Builder, layer: Layer, latent: np.ndarray, fan: int) -> Kernel:
    """H * (2 * round(clip(w / H / 2 + 1/2, 0, 1)) - 1), rounding half to even and in float32, so that 0 gives -H."""
    stated = layer.config.get("H", 1.0)
    if isinstance(stated, str) and stated.lower() == "glorot":
        stated = float(np.float32(np.sqrt(1.5 / fan)))
    if isinstance(stated, bool) or not isinstance(stated, int | float) or not 0 < stated < float("inf"):
        b.refuse(layer, f"H must be a positive number or 'Glorot', got {stated!r}", "mend the layer's configuration")
        stated = 1.0
    h = np.float32(stated)
    half = np.clip(np.float32(0.5) * (latent.astype(np.float32) / h) + np.float32(0.5), 0, 1)
    weights = (2 * np.round(half) - 1).astype(np.int64)
    return Kernel(weights, constant(Fraction(float(h)), latent.shape[-1]))


def binloom_kernel(b: Builder, layer: Layer, latent: np.ndarray) -> Kernel:
    """The sign of the latent kernel; a file that says its kernels are bits already must hold nothing else."""
    if layer.config.get("binarised") and not np.all(np.abs(latent) == 1):
        b.refuse(
            layer,
            "it says its kernel is binarised, but weights other than -1 and +1 are stored",
            "export the model again",
        )
    return sign_kernel(latent)
