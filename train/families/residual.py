"""The parameters of residual nets: Bi-Real Net, ReActNet, QuickNet and BinaryDenseNet (train/models/)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from binloom.train.families.architecture import Architecture, one_of, scaled

if TYPE_CHECKING:
    import keras

CHANNELS = 64  # of the first shortcut
LARGE = 64  # pixels of a side, from which on an image counts as large
GRIDS = ("int8", "int16", "float")  # what shortcuts are
SHORTCUTS = ("concat", "project")  # how one is halved
DEPTHS: Mapping[int, tuple[int, ...]] = {18: (4, 4, 4, 4), 34: (6, 8, 12, 6)}  # binary convolutions a stage


@dataclass(frozen=True, slots=True)
class Residual(Architecture):
    """`width` times as many channels as the paper has; `grid` says what shortcuts are: "int8", "int16" or "float"."""

    width: float = 1.0
    grid: str = "int8"

    def __post_init__(self) -> None:
        Architecture.__post_init__(self)
        one_of("grid", self.grid, GRIDS)

    def options(self, shape: tuple[int, int, int]) -> dict[str, Any]:
        """What builders take of it."""
        from binloom.train.models.residual import grid_named

        return {"width": scaled(CHANNELS, self.width), "grid": grid_named(self.grid), "large": is_large(shape)}


@dataclass(frozen=True, slots=True)
class Bireal(Residual):
    """`depth` is 18 or 34. `binary_stem`: the first kernels are -1 and +1 as well, over pixels. `shortcut`: how one is
    halved, see `halved` of train/models/residual.py."""

    title: ClassVar[str] = "Bi-Real Net"

    depth: int = 18
    binary_stem: bool = False
    shortcut: str = "project"

    def __post_init__(self) -> None:
        Residual.__post_init__(self)
        one_of("depth", self.depth, DEPTHS)
        one_of("shortcut", self.shortcut, SHORTCUTS)

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.bireal import bireal

        own: dict[str, Any] = {"binary_stem": self.binary_stem, "shortcut": self.shortcut}
        return bireal(DEPTHS[self.depth], shape, classes, **self.options(shape), **own, name=f"bireal{self.depth}")


@dataclass(frozen=True, slots=True)
class React(Residual):
    """The same of ReActNet."""

    title: ClassVar[str] = "ReActNet"

    depth: int = 18
    binary_stem: bool = False
    shortcut: str = "concat"

    def __post_init__(self) -> None:
        Residual.__post_init__(self)
        one_of("depth", self.depth, DEPTHS)
        one_of("shortcut", self.shortcut, SHORTCUTS)

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.react import react

        own: dict[str, Any] = {"binary_stem": self.binary_stem, "shortcut": self.shortcut}
        return react(DEPTHS[self.depth], shape, classes, **self.options(shape), **own, name=f"react{self.depth}")


@dataclass(frozen=True, slots=True)
class Quicknet(Residual):
    """`blocks` of each stage."""

    title: ClassVar[str] = "QuickNet"

    blocks: tuple[int, ...] = (4, 4, 4, 4)

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.quicknet import quicknet

        return quicknet(self.blocks, shape, classes, **self.options(shape))


@dataclass(frozen=True, slots=True)
class Densenet(Architecture):
    """BinaryDenseNet-28 with `width` times as many channels. `binary_stem`: the first kernels are -1 and +1 as well."""

    title: ClassVar[str] = "BinaryDenseNet"

    width: float = 1.0
    binary_stem: bool = False

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.densenet import binary_densenet28

        channels, stem = scaled(CHANNELS, self.width), self.binary_stem
        return binary_densenet28(shape, classes, channels, channels, large=is_large(shape), binary_stem=stem)


def is_large(shape: tuple[int, int, int]) -> bool:
    """Whether images are of ImageNet's kind, and the stem is ImageNet's."""
    return min(shape[:2]) >= LARGE
