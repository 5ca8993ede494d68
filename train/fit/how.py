"""What training by gradients is told: stages, one after the other, each a table [[fit]] of a recipe."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from binloom.compiler.errors import InputError
from binloom.train.limits import demand

QUICK_EPOCHS = 2  # of each stage in a quick run


@dataclass(frozen=True, slots=True)
class Stage:
    """`epochs` of Adam over batches of `batch` images; the rate falls from `rate` to zero along a cosine.

    shifts, turn, zoom, flips   images are moved by up to so many pixels either way, turned by up to so many degrees,
                                made larger or smaller by up to this part, mirrored left to right: at random, anew in
                                each epoch, and rounded to whole pixels' values
    decay                       what Adam takes off each weight a step, times the rate (AdamW)
    freeze                      layers that are left as they are, by name; `*` stands for anything
    clip                        whether layers that clip sums do so: false in the first of two stages
    validation, patience        the part of the training images that is set aside, and after how many epochs without a
                                smaller loss on them the stage ends, with the weights of its best epoch; 0: never
    """

    epochs: int
    rate: float = 0.003
    batch: int = 128
    shifts: int = 0
    turn: float | None = None
    zoom: float | None = None
    flips: bool = False
    decay: float | None = None
    freeze: tuple[str, ...] = ()
    clip: bool = True
    validation: float | None = None
    patience: int = 0

    def __post_init__(self) -> None:
        demand(self)
        if self.patience and not self.validation:
            raise InputError("patience has no images to look at", "give validation, the part set aside")


@dataclass(frozen=True, slots=True)
class Fit:
    """All stages of a training."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not self.stages:
            raise InputError("a training by gradients has no stage", "give one or more")

    def quick(self) -> Self:
        """The same in a few epochs."""
        return replace(self, stages=tuple(replace(one, epochs=min(one.epochs, QUICK_EPOCHS)) for one in self.stages))

    def rows(self) -> Iterator[tuple[str, str]]:
        """What a model card says of it."""
        for number, stage in enumerate(self.stages, 1):
            yield f"stage {number}" if len(self.stages) > 1 else "training", _said(stage)


def _said(stage: Stage) -> str:
    moved = [
        *([f"shifted by up to {stage.shifts} pixels"] if stage.shifts else []),
        *([f"turned by up to {stage.turn:g} degrees"] if stage.turn else []),
        *([f"zoomed by up to {100 * stage.zoom:g}%"] if stage.zoom else []),
        *(["mirrored at random"] if stage.flips else []),
    ]
    parts = [f"{stage.epochs} epochs of Adam from {stage.rate:g} along a cosine, batches of {stage.batch}"]
    parts += [f"images {', '.join(moved)}"] if moved else []
    parts += [f"weight decay {stage.decay:g}"] if stage.decay else []
    parts += [f"{', '.join(stage.freeze)} left as they were"] if stage.freeze else []
    parts += [] if stage.clip else ["sums not clipped yet"]
    parts += [f"{100 * stage.validation:g}% of the images set aside"] if stage.validation else []
    parts += [f"ended after {stage.patience} epochs without a smaller loss on them"] if stage.patience else []
    return "; ".join(parts)
