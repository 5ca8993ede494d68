"""The parameters of BinaryFlex (train/models/binaryflex.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from binloom.compiler.ovsf_codes import CHOICES
from binloom.train.families.architecture import Architecture, one_of, scaled
from binloom.train.families.residual import GRIDS
from binloom.train.limits import demand_effect

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Binaryflex(Architecture):
    """`filters` (times `width`), `strides` and `ratios` of each module, `stem` and `stem_strides` in front; one ratio
    stands for all. `codes`: which of all are kept, see `OvsfConv2D`."""

    title: ClassVar[str] = "BinaryFlex"

    stem: int = 64
    stem_strides: int = 2
    filters: tuple[int, ...] = (64, 64, 128, 128, 256, 256)
    strides: tuple[int, ...] = (1, 1, 2, 1, 2, 1)
    ratios: tuple[float, ...] = (1.0, 1.0, 0.5, 0.5, 0.25, 0.25)
    squeeze: int = 4
    codes: str = "first"
    grid: str = "int8"
    width: float = 1.0

    def __post_init__(self) -> None:
        Architecture.__post_init__(self)
        one_of("codes", self.codes, CHOICES)
        one_of("grid", self.grid, GRIDS)
        demand_effect(self, min(self.ratios) < 1, "ratios below 1", "codes")

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.binaryflex import binaryflex
        from binloom.train.models.residual import grid_named

        return binaryflex(
            shape,
            classes,
            stem=scaled(self.stem, self.width),
            stem_strides=self.stem_strides,
            width=[scaled(count, self.width) for count in self.filters],
            strides=self.strides,
            ratios=self.ratios if len(self.ratios) > 1 else self.ratios * len(self.filters),
            squeeze=self.squeeze,
            codes=self.codes,
            grid=grid_named(self.grid),
        )
