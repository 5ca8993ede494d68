"""The parameters of LB-CNN (train/models/lbcnn.py)."""

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from binloom.compiler.errors import InputError
from binloom.train.families.architecture import Architecture, one_of
from binloom.train.limits import demand_effect

if TYPE_CHECKING:
    import keras

KERNELS = 4_096  # of all macro-layers a channel, multiplied
# Of a hidden layer; train/models/hidden.py has them.
NONLINEARITIES = ("linear", "tanh", "linsat", "relu", "abs", "multiquadric")


@dataclass(frozen=True, slots=True)
class Lbcnn(Architecture):
    """`multipliers`: kernels a channel, of one macro-layer after the other; `nl` ReLUs and further convolutions in the
    first; `kernel` is the side of all kernels. A `committee` is of so many such nets. `hidden` neurons of one
    `nonlinearity`, of those in hidden.py, are drawn by chance. Without them a pixel counts p / 255."""

    title: ClassVar[str] = "LB-CNN"

    multipliers: tuple[int, ...]
    nl: int = 0
    kernel: int = 3
    committee: int = 1
    hidden: int = 0
    nonlinearity: str = "tanh"

    @property
    def pixel(self) -> Fraction:
        return Fraction(1) if self.hidden else Fraction(1, 255)

    def __post_init__(self) -> None:
        Architecture.__post_init__(self)
        if (kernels := prod(self.multipliers)) > KERNELS:
            raise InputError(f"multipliers make {kernels:,} channels of each", f"give fewer, up to {KERNELS:,}")
        one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        demand_effect(self, self.hidden, "hidden", "nonlinearity")

    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        from binloom.train.models.lbcnn import committee, lbcnn

        own: dict[str, Any] = {"nl": self.nl, "kernel": self.kernel}
        own |= {"hidden": self.hidden, "nonlinearity": self.nonlinearity}
        if self.committee == 1:
            return lbcnn(*self.multipliers, **own, input_shape=shape, classes=classes)
        return committee(self.committee, *self.multipliers, **own, input_shape=shape, classes=classes)
