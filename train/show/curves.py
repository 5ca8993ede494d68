"""The curves of a history: what goes over all epochs, one stage behind the other, as lines to be drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y); x counts epochs from 1 on through all stages."""

    name: str
    kind: str  # how it is drawn: "train" or "val"
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one axis. `stages` are their names and the x of their first epochs."""

    title: str
    percent: bool
    lines: tuple[Line, ...]
    stages: tuple[tuple[str, int], ...]

    @property
    def across(self) -> tuple[float, float]:
        """From the first epoch to the last."""
        xs = [x for line in self.lines for x, _ in line.points]
        return (min(xs), max(max(xs), min(xs) + 1)) if xs else (1, 2)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round values from below the least to above the largest."""
        ys = [y for line in self.lines for _, y in line.points]
        low, high = (min(ys), max(ys)) if ys else (0.0, 1.0)
        if high - low < 1e-9:
            low, high = low - 0.5 * abs(low or 1), high + 0.5 * abs(high or 1)
        made = round_ticks(low, high)
        return tuple(tick for tick in made if tick <= 100 + 1e-9) if self.percent else made


def charts(epochs: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Accuracy in percent and loss, each where the history has it."""
    stages: list[tuple[str, int]] = []
    for x, epoch in enumerate(epochs, 1):
        if not stages or epoch.get("stage", "") != stages[-1][0]:
            stages.append((epoch.get("stage", ""), x))
    made = []
    for key, title, scale in (("accuracy", "Accuracy, %", 100.0), ("loss", "Loss", 1.0)):
        pairs = (("training", "train", key), ("validation", "val", f"val_{key}"))
        lines = tuple(
            Line(name, kind, points) for name, kind, what in pairs if (points := tuple(_points(epochs, what, scale)))
        )
        if lines:
            made.append(Chart(title, scale == 100, lines, tuple(stages)))
    return made


def _points(epochs: Sequence[Mapping[str, Any]], key: str, scale: float) -> Iterable[tuple[float, float]]:
    """A number that is not finite is no point of a curve."""
    for x, epoch in enumerate(epochs, 1):
        if (value := epoch.get(key)) is not None and isfinite(value):
            yield x, scale * value


def round_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """At most so many multiples of 1, 2 or 5 times a power of ten, the first not above `low`, the last not below
    `high`."""
    size = 10.0 ** floor(log10((high - low) / (most - 1)))
    for step in (size, 2 * size, 5 * size, 10 * size, 20 * size):
        first, last = int(low // step), -int(-high // step)
        if last - first < most:
            return tuple(round(step * number, 12) for number in range(first, last + 1))
    raise AssertionError("one of the steps is wide enough")
