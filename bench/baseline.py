"""Figures of before, kept in `baseline.json` by the versions of the tools they depend on, to hold new ones against.

A figure is a count of which less is better, or a rate of which more is. It is worse where it has moved the wrong way by
more than 2%. Figures of tool versions that are not in the file are no failure: they are said, and `--update` adds them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("baseline.json")
TOLERANCE = 0.02
RATES = ("mhz", "frames")  # how the names of rates begin; all else is a count

# Of each case of a suite each figure, by names.
Figures = Mapping[str, Mapping[str, float]]


@dataclass
class Verdict:
    """What has moved by more than the tolerance, as lines for people, and what there was nothing to hold against."""

    worse: list[str] = field(default_factory=list)
    better: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def judge(suite: str, version: str, figures: Figures, file: Path = FILE) -> Verdict:
    """Hold the figures of a suite against those of the same versions of its tools."""
    known = _read(file).get(suite, {}).get(version)
    verdict = Verdict()
    if known is None:
        verdict.unknown.append(f"{suite}: no figures of {version}")
        return verdict
    for case, found in figures.items():
        for name, value in found.items():
            if (before := known.get(case, {}).get(name)) is None:
                verdict.unknown.append(f"{suite}, {case}: no {name}")
            elif moved := _moved(name, value, before):
                line = f"{suite}, {case}: {value:,} {name}, {before:,} before"
                (verdict.worse if moved > 0 else verdict.better).append(line)
    return verdict


def update(suite: str, version: str, figures: Figures, file: Path = FILE) -> None:
    """Make them what later ones are held against; figures of other cases and versions stay."""
    known = _read(file)
    cases = known.setdefault(suite, {}).setdefault(version, {})
    for case, found in figures.items():
        cases[case] = {**cases.get(case, {}), **found}
    file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def _read(file: Path) -> dict:
    return json.loads(file.read_text()) if file.is_file() else {}


def _moved(name: str, value: float, before: float) -> int:
    """1 where it is worse than the tolerance allows, -1 where it is better than that, else 0."""
    change = (value - before) * (-1 if name.startswith(RATES) else 1)
    return 0 if abs(change) <= TOLERANCE * before else 1 if change > 0 else -1
