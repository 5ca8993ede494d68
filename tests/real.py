"""Real trained models and data sets, which the project does not ship; where they are missing, tests are skipped.

They lie in $BINLOOM_SHARED, or in a folder `shared` beside the checkout: `models/NAME.h5` and `data/`. A data set may
also be $BINLOOM_DATA/NAME.npz, with x_test and y_test.
"""

import lzma
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

SHARED = Path(os.environ.get("BINLOOM_SHARED") or Path(__file__).parents[2] / "shared")

needs_real_models = pytest.mark.skipif(
    not (SHARED / "models").is_dir(), reason=f"no real models: {SHARED / 'models'} does not exist; set BINLOOM_SHARED"
)

needs_data = pytest.mark.skipif("BINLOOM_DATA" not in os.environ, reason="BINLOOM_DATA names no folder with data sets")


def model(name: str) -> Path:
    return SHARED / "models" / name


@cache
def test_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    """x_test (n, height, width, channels) and y_test of "mnist" or "olivetti"."""
    packed = Path(os.environ.get("BINLOOM_DATA", "")) / f"{name}.npz"
    if os.environ.get("BINLOOM_DATA") and packed.is_file():
        with np.load(packed) as file:
            return file["x_test"], file["y_test"]
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"no data set {name}: let BINLOOM_DATA name a folder that holds {name}.npz")
    if name == "olivetti":
        with np.load(folder / "olivetti.npz") as file:
            # The split of the LB-CNN authors: 400 faces shuffled with seed 0, the last 150 to test on.
            order = np.random.RandomState(0).permutation(400)[250:]
            return file["x"][order][..., None], file["y"][order]
    return idx(folder / "t10k-images-idx3-ubyte.xz")[..., None], idx(folder / "t10k-labels-idx1-ubyte.xz")


test_set.__test__ = False  # type: ignore[attr-defined]  # a data set, not a test


def idx(path: Path) -> np.ndarray:
    """An IDX file of bytes: two zeros, type, rank, then each side as four bytes."""
    raw = lzma.decompress(path.read_bytes())
    shape = np.frombuffer(raw, ">u4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)
