"""The parameters of VGG (train/models/vgg.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from binloom.train.families.architecture import Architecture, one_of, scaled
from binloom.train.limits import demand_effect

if TYPE_CHECKING:
    import keras

# Filters of each group's convolutions, and units of the dense layers before the last.
KINDS: Mapping[str, tuple[Sequence[Sequence[int]], Sequence[int]]] = {
    "small": (((128, 128), (256, 256), (512, 512)), ()),
    "11": (((64,), (128,), (256, 256), (512, 512), (512, 512)), (512, 512)),
}
PLANE_FILTERS = 16


@dataclass(frozen=True, slots=True)
class Vgg(Architecture):
    """`kind` is "small" or "11"; filters and units are `width` times as many. `planes`: how many bits of a pixel come
    in as planes, 0 for pixels as numbers; `plane_filters` look at each plane of each channel. `clip`: sums of bits
    saturate at 8 bits."""

    title: ClassVar[str] = "VGG"

    kind: str = "small"
    width: float = 1.0
    planes: int = 0
    plane_filters: int = PLANE_FILTERS
    clip: bool = False

    def __post_init__(self) -> None:
        Architecture.__post_init__(self)
        one_of("kind", self.kind, KINDS)
        one_of("planes", self.planes, range(9))
        demand_effect(self, self.planes, "planes", "plane_filters")

    @property
    def clips(self) -> bool:
        return self.clip

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.vgg import vgg

        groups, dense = KINDS[self.kind]
        filters = [[scaled(count, self.width) for count in group] for group in groups]
        units = [scaled(count, self.width) for count in dense]
        planes = {"planes": self.planes, "plane_filters": self.plane_filters}
        return vgg(filters, units, shape, classes, **planes, clip=self.clip, name=f"vgg_{self.kind}")
