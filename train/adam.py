"""Adam, as every training here has it: with a rate that falls to zero, and an end where it goes astray."""

from collections.abc import Sequence

import keras
import numpy as np

from binloom.compiler.errors import InputError


def adam(rate: float, decay: float | None, steps: int) -> keras.optimizers.Optimizer:
    """The rate falls from `rate` along a cosine, to zero after so many steps. `decay` of weights is AdamW's."""
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    return keras.optimizers.AdamW(falling, decay) if decay else keras.optimizers.Adam(falling)


def demand_finite(loss: float, where: str, epochs: int, weights: Sequence[np.ndarray] = ()) -> None:
    """InputError where a training diverged, by its loss or by weights that no loss has seen yet."""
    if not all(np.isfinite(each).all() for each in weights):
        loss = np.nan
    if not np.isfinite(loss):
        raise InputError(
            f"{where}: the loss is {float(loss)} after {epochs} whole epochs, the training diverged",
            "take a lower rate, in a new folder",
        )
