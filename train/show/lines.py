"""Curves as inline SVG: lines over epochs, and the trials of a search. What an epoch gave is told where one points."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from binloom.train.show.curves import Chart, round_ticks

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 34, 28
MOST_BANDS = 500  # epochs that can be pointed at


class Axes:
    """From numbers to places in the picture."""

    def __init__(self, across: tuple[float, float], ticks: Sequence[float]) -> None:
        self.across, self.ticks = across, ticks

    def x(self, value: float) -> float:
        low, high = self.across
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        return "M " + " L ".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)

    def grid(self, whole: bool, unit: str) -> str:
        """Level lines with their numbers, and whole numbers below."""
        step = self.ticks[1] - self.ticks[0]
        places = max(0, -int(f"{step:e}".split("e")[1]))
        made = [
            f'<path class="{"base" if not number else "grid"}" d="M {LEFT} {self.y(tick):.1f} H {WIDTH - RIGHT}"/>'
            f'<text class="kind" x="{LEFT - 8}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{tick:,.{places}f}</text>'
            for number, tick in enumerate(self.ticks)
        ]
        below = [tick for tick in round_ticks(*self.across, most=9) if tick == int(tick)]
        made += [
            f'<text class="kind" x="{self.x(tick):.1f}" y="{HEIGHT - 9}" text-anchor="middle">{int(tick):,}</text>'
            for tick in dict.fromkeys((*below, self.across[0]) if whole else below)
            if self.across[0] <= tick <= self.across[1]
            and (tick == self.across[0] or self.x(tick) - self.x(self.across[0]) > 24)
        ]
        return (
            "".join(made) + f'<text class="kind" x="{WIDTH - RIGHT}" y="{HEIGHT - 9}" text-anchor="end">{unit}</text>'
        )


def lines(chart: Chart, epochs: Sequence[Mapping[str, Any]]) -> str:
    """One chart."""
    axes = Axes(chart.across, chart.ticks)
    parts = [axes.grid(True, ""), *_stages(chart, axes)]
    for line in chart.lines:
        x, y = line.points[-1]
        parts.append(f'<path class="line {line.kind}" d="{axes.path(line.points)}"/>')
        parts.append(f'<circle class="dot {line.kind}" cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="3.5"/>')
    parts += _legend(chart)
    if len(epochs) <= MOST_BANDS:
        parts += [_band(axes, x, epoch) for x, epoch in enumerate(epochs, 1)]
    return _svg(chart.title, parts)


def trials(scores: Sequence[float], title: str) -> str:
    """A dot a trial, the best of them marked, and the best so far as a line. Less is better."""
    ticks = round_ticks(min(scores), max(scores)) if max(scores) > min(scores) else (scores[0] - 1, scores[0] + 1)
    axes = Axes((1, max(2, len(scores))), ticks)
    best = scores.index(min(scores))
    sofar = [(x, min(scores[:x])) for x in range(1, len(scores) + 1)]
    dots = [
        f'<circle class="{"best" if number == best else "trial"}" cx="{axes.x(number + 1):.1f}" '
        f'cy="{axes.y(score):.1f}" r="{5 if number == best else 3}">'
        f"<title>trial {number + 1}: {score:,g}</title></circle>"
        for number, score in enumerate(scores)
    ]
    steps = "M " + " ".join(
        f"{axes.x(x):.1f} {axes.y(y):.1f}" if x == 1 else f"H {axes.x(x):.1f} V {axes.y(y):.1f}" for x, y in sofar
    )
    return _svg(title, [axes.grid(True, ""), f'<path class="sofar" d="{steps}"/>', *dots])


def _stages(chart: Chart, axes: Axes) -> list[str]:
    """Where one ends and the next begins."""
    if len(chart.stages) < 2:
        return []
    made = []
    for name, first in chart.stages:
        x = axes.x(first if first == 1 else first - 0.5)
        edge = f'<path class="asked" d="M {x:.1f} {TOP} V {HEIGHT - BOTTOM}"/>' if first > 1 else ""
        made.append(f'{edge}<text class="stream" x="{x + 5:.1f}" y="{TOP + 10}">{escape(name)}</text>')
    return made


def _legend(chart: Chart) -> list[str]:
    made, x = [], WIDTH - RIGHT
    for line in reversed(chart.lines):
        value = line.points[-1][1]
        words = f"{line.name} {value:.2f}{'%' if chart.percent else ''}"
        made.append(f'<text x="{x}" y="14" text-anchor="end">{words}</text>')
        x -= 7 * len(words) + 8
        made.append(f'<path class="line {line.kind}" d="M {x - 14} 10 h 16"/>')
        x -= 34
    return made


def _band(axes: Axes, x: int, epoch: Mapping[str, Any]) -> str:
    """An upright stripe that says what the epoch gave."""
    half = (axes.x(2) - axes.x(1)) / 2
    left, right = max(LEFT, axes.x(x) - half), min(WIDTH - RIGHT, axes.x(x) + half)
    words = [f"epoch {x}" + (f", {epoch['stage']}" if epoch.get("stage") else "")]
    words += [
        f"{key.replace('val_', 'validation ')}: {100 * epoch[key]:.2f}%"
        if key.endswith("accuracy")
        else f"{key.replace('val_', 'validation ')}: {epoch[key]:.4g}"
        for key in ("accuracy", "val_accuracy", "loss", "val_loss")
        if isinstance(epoch.get(key), int | float)
    ]
    words += [f"{epoch['seconds']:.1f} s"] if "seconds" in epoch else []
    told = escape("\n".join(words))
    return (
        f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}">'
        f"<title>{told}</title></rect>"
    )


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><text class="title" x="0" y="14">{escape(title)}</text>'
        f"{''.join(parts)}</svg>\n"
    )
