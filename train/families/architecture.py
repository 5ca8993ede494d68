"""What every family of networks is to a recipe: parameters with names and defaults, and a model built from them."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from binloom.compiler.errors import InputError, shown
from binloom.train.limits import demand

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Architecture(ABC):
    """A family. Each field is a key of its table in a recipe, of one of the types that train/limits.py knows.

    A family with a `__post_init__` of its own calls this one first.
    """

    title: ClassVar[str]  # the family's name, for people

    def __post_init__(self) -> None:
        demand(self)

    @property
    def pixel(self) -> Fraction:
        """What the model is given for a pixel of 1."""
        return Fraction(1)

    @property
    def clips(self) -> bool:
        """Whether it has layers that clip sums, which a stage may leave for later."""
        return False

    @abstractmethod
    def build(self, shape: tuple[int, int, int], classes: int) -> "keras.Model":
        """The network for images of this shape, for which Keras is imported. ValueError, in one line, where the
        parameters do not go together."""

    def about(self) -> str:
        """The family, and what was asked of it other than its defaults."""
        given = [(one.name, getattr(self, one.name), one.default) for one in fields(self)]
        said = [_said(name.replace("_", " "), value) for name, value, default in given if value != default]
        return ": ".join([self.title, ", ".join(said)] if said else [self.title])


def scaled(channels: int, width: float) -> int:
    """So many channels times a factor, at least one."""
    return max(1, round(channels * width))


def one_of(what: str, value: object, known: Collection) -> None:
    """InputError where a parameter has a value that nobody knows."""
    if value not in known:
        raise InputError(f"{what} is {shown(value)}", f"give one of {', '.join(map(str, known))}")


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"{'with' if value else 'without'} {name}"
    return f"{name} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"
