"""What a run is refused for before Keras is there: a slip is answered at once, and in one line, where a backend would
take seconds to start and tell things of its own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from binloom.compiler.errors import InputError
from binloom.train.data import Dataset
from binloom.train.elm.how import Elm
from binloom.train.fit.how import Stage
from binloom.train.folder import may_be_had
from binloom.train.hardware import target_named
from binloom.train.recipe import Recipe


def begun(recipe: Recipe, data: Dataset, seed: int, quick: bool) -> dict[str, Any]:
    """What a folder is marked with: the same for the same run."""
    return {"recipe": recipe.told(), "data": data.digest(), "seed": seed, "quick": quick}


def demand(
    recipe: Recipe, data: Dataset, folder: Path, *, seed: int = 1, quick: bool = False, boards: Sequence[str] = ()
) -> None:
    """InputError where there is no such board, where stages do not go with the images, or where the folder holds
    something else than this run. Nothing is written."""
    for board in boards:
        target_named(board)
    if isinstance(recipe.how, Elm):
        _demand_shifts(recipe.how.shifts, data, "[elm]")
    else:
        for number, stage in enumerate(recipe.how.stages, 1):
            _demand_images(stage, data, f"[[fit]] {number}")
    may_be_had(folder, begun(recipe, data, seed, quick))


def _demand_images(stage: Stage, data: Dataset, where: str) -> None:
    _demand_shifts(stage.shifts, data, where)
    images = len(data.x_train)
    if stage.validation and round(images * stage.validation) < 1:
        raise InputError(
            f"{where}: validation is {stage.validation}, which sets none of {images:,} images aside",
            "give more, or leave it out",
        )


def _demand_shifts(shifts: int, data: Dataset, where: str) -> None:
    """No image is moved by more than its side."""
    height, width = data.shape[:2]
    if shifts >= min(height, width):
        raise InputError(
            f"{where}: shifts is {shifts}, and images are {height} x {width}", f"give less than {min(height, width)}"
        )
