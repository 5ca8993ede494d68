"""Which classes are taken for which: the matrix as a picture, and the pairs that are worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt

from binloom.train.show.told import Result

NUMBERS = 12  # classes up to which cells are large enough for their numbers
FAINTEST = 0.06
LETTERS = 18  # of a name beside a matrix


@dataclass(frozen=True, slots=True)
class Pair:
    """`count` of the `total` images of class `true` were taken for `found`."""

    true: int
    found: int
    count: int
    total: int


def worst(result: Result, most: int = 10) -> list[Pair]:
    """The pairs with the most images, the largest first."""
    pairs = [
        Pair(true, found, count, sum(row))
        for true, row in enumerate(result.confusion)
        for found, count in enumerate(row)
        if count and found != true
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, pair.true, pair.found))[:most]


def matrix(result: Result, classes: Sequence[str]) -> str:
    """A row a class, a column what it was taken for; how dark a cell is says which part of its row it is."""
    count = len(result.confusion)
    side = 42 if count <= NUMBERS else max(8, 640 // count)
    letters = max(len(short(name)) for name in classes)
    left = 12 + round(6.6 * letters)
    flat = letters <= 3
    top = 12 + (16 if flat else round((5.2 if side >= 30 else 6.4) * letters))
    cells = []
    for true, row in enumerate(result.confusion):
        total = sum(row)
        for found, number in enumerate(row):
            if number:
                cells.append(_cell(left + side * found, top + side * true, side, number, total, (true, found), classes))
    labels = [
        _label(name, left + side * (number + 0.5), top + side * (number + 0.5), left, top, side, flat=flat)
        for number, name in enumerate(classes)
        if side >= 11 or not number % 5
    ]
    width, height = left + side * count + (2 if flat or side < 30 else 60), top + side * count + 2
    frame = f'<rect class="frame" x="{left}" y="{top}" width="{side * count}" height="{side * count}"/>'
    return (
        f'<svg class="confusion" role="img" aria-label="Confusion matrix" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{frame}{"".join(labels)}{"".join(cells)}</svg>\n'
    )


def short(name: str) -> str:
    """What there is room for of a class's name."""
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}"


def _cell(
    x: float, y: float, side: int, number: int, total: int, which: tuple[int, int], classes: Sequence[str]
) -> str:
    true, found = which
    share = number / total
    # Few errors are to be seen beside many right ones.
    dark = share if true == found else FAINTEST + (1 - FAINTEST) * sqrt(min(1.0, 4 * share))
    words = f"{classes[true]}: {number:,} of {total:,}" + (
        " right" if true == found else f" taken for {classes[found]}"
    )
    made = (
        f'<rect class="{"right" if true == found else "wrong"}" x="{x + 0.5}" y="{y + 0.5}" width="{side - 1}" '
        f'height="{side - 1}" rx="{2 if side > 20 else 0}" fill-opacity="{dark:.2f}">'
        f"<title>{escape(words)}</title></rect>"
    )
    if side >= 30:
        shade = "on" if dark > 0.55 else "off"
        made += f'<text class="{shade}" x="{x + side / 2}" y="{y + side / 2 + 4}" text-anchor="middle">{number}</text>'
    return made


def _label(name: str, x: float, y: float, left: int, top: int, side: int, *, flat: bool) -> str:
    words = escape(short(name))
    row = f'<text class="kind" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{words}</text>'
    if flat:
        return row + f'<text class="kind" x="{x:.1f}" y="{top - 8}" text-anchor="middle">{words}</text>'
    turned = f'transform="translate({x + (0 if side >= 30 else 4):.1f} {top - 6}) rotate({-45 if side >= 30 else -90})"'
    return row + f'<text class="kind" {turned}>{words}</text>'
