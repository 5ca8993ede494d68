"""The parameters of CBCNN (train/models/cbcnn.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from binloom.train.families.architecture import Architecture, scaled

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Cbcnn(Architecture):
    """`filters` of each block and `units` of the dense layer before the last, times `width`. With `compression` images
    go through the paper's Image Compression Block: brightness alone, equalised and standardised."""

    title: ClassVar[str] = "CBCNN"

    filters: tuple[int, ...] = (128, 128, 128, 128)
    units: int = 256
    width: float = 1.0
    compression: bool = False

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.cbcnn import cbcnn

        filters = [scaled(count, self.width) for count in self.filters]
        units = scaled(self.units, self.width)
        return cbcnn(shape, classes, filters=filters, units=units, compression=self.compression)
