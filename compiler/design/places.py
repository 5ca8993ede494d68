"""Where the elements of a patch lie in a code, in the order in which they travel."""

import numpy as np

from binloom.compiler.ir.ops import OvsfConv


def patch_places(op: OvsfConv, lanes: int, simd: int) -> np.ndarray:
    """The places (beats, simd) of a patch behind a window of so many lanes: channel group, ky, kx, lane."""
    kh, kw, channels = op.places.shape
    return op.places.reshape(kh * kw, channels // lanes, lanes).transpose(1, 0, 2).reshape(-1, simd)
