"""The same curves and the same matrix as PNG, for documents and for viewers that show no pages.

They are written in matplotlib's own font. Where it lacks letters of a name, a class is called by its number, and a
title does without the recipe's name.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from binloom.train.drafts import draft_of
from binloom.train.show.confusion import NUMBERS, short
from binloom.train.show.curves import charts
from binloom.train.show.told import Told
from binloom.train.show.words import percent

COLOURS = {"train": "#5b8bd4", "val": "#b54708"}


def curves(told: Told, path: Path) -> None:
    """Accuracy and loss beside each other; nothing where there is no epoch yet."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not (made := charts(told.epochs)):
        return
    figure = Figure(figsize=(5.6 * len(made), 3.4), dpi=120, layout="constrained")
    if writable(told.about.recipe):
        figure.suptitle(told.about.recipe, parse_math=False)
    for number, chart in enumerate(made, 1):
        axes = figure.add_subplot(1, len(made), number)
        for line in chart.lines:
            marker = "o" if len(line.points) == 1 else None
            axes.plot(*zip(*line.points, strict=True), label=line.name, color=COLOURS[line.kind], marker=marker)
        for name, first in chart.stages if len(chart.stages) > 1 else ():
            if first > 1:
                axes.axvline(first - 0.5, color="grey", linestyle=":", linewidth=1)
            at = (first if first == 1 else first - 0.5, 1)
            axes.annotate(
                name, at, (4, -10), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7
            )
        axes.set_title(chart.title, loc="left", fontsize=10)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _plain(axes)
        axes.legend(frameon=False, fontsize=8, loc="best")
    _save(figure, path)


def confusion(told: Told, path: Path) -> None:
    """The matrix, a row a class, each row as shares of itself; nothing where there is no result yet."""
    from matplotlib.figure import Figure

    if told.result is None:
        return
    counts = np.array(told.result.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    many = len(counts)
    figure = Figure(figsize=(7, 7) if many <= NUMBERS else (10, 10), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1.25)
    if many <= NUMBERS:
        for (true, found), count in np.ndenumerate(counts):
            if count:
                dark = "white" if shares[true, found] > 0.5 else "black"
                axes.text(found, true, count, ha="center", va="center", fontsize=8, color=dark)
    step = 1 if many <= 50 else 5
    ticks, names = range(0, many, step), written(told.about.classes)[::step]
    size = 9 if many <= NUMBERS else 6
    turned = 0 if max(map(len, names)) <= 3 and many <= NUMBERS else 90 if many > NUMBERS else 45
    axes.set_xticks(ticks, names, rotation=turned, ha="center", fontsize=size, parse_math=False)
    axes.set_yticks(ticks, names, fontsize=size, parse_math=False)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    right = f"{percent(told.result.integers, told.result.total)} right"
    title = f"{told.about.recipe}: {right}" if writable(told.about.recipe) else right
    axes.set_title(title, fontsize=10, parse_math=False)
    _save(figure, path)


def written(classes: Sequence[str]) -> list[str]:
    """What classes are called in a picture."""
    return [short(name) if writable(name) else f"class {number}" for number, name in enumerate(classes)]


def writable(text: str) -> bool:
    """Whether the font has all its letters."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return all(font.get_char_index(ord(letter)) for letter in text)


def _plain(axes: Any) -> None:
    axes.grid(axis="y", linewidth=0.5, alpha=0.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _save(figure: Any, path: Path) -> None:
    with draft_of(path) as draft:
        figure.savefig(draft)
