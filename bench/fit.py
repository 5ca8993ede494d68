"""The coefficients of the cost model from the sweep: `python bench/fit.py [--check] [--worst N]`.

For each family of `sweep.json` the terms of the components' features are fitted to what synthesis made of them, and
written to `compiler/cost/FAMILY.json`. Prints the error by kind of component, each fifth of the components being
predicted from a fit to the others. `--check` writes nothing and fails where the committed coefficients are others.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from components import block
from rich.console import Console
from rich.table import Table

from binloom.compiler import cost
from binloom.compiler.cost.table import features

SWEEP = Path(__file__).with_name("sweep.json")
COEFFICIENTS = Path(cost.__file__).parent
FOLDS = 5
PRIOR = 0.02  # how much a coefficient is held to 1, of a component's weight
SMALL = {"lut": 20, "ff": 20}  # cells that are an error of no weight

Row = tuple[str, dict[str, float], float, float]  # kind, terms, what is certain, what synthesis made


def rows(family: str, sweep: Mapping[str, Any], what: str) -> list[Row]:
    """The terms of each component and what they should come to."""
    found = []
    for row in sweep[family]["rows"]:
        told = features(block(row["spec"]), family)
        terms, certain = (told.lut, told.slots) if what == "lut" else ({}, told.ff)
        found.append((kind_of(row["spec"]), dict(terms), certain, float(row.get(what, 0))))
    return found


def kind_of(spec: Mapping[str, Any]) -> str:
    made = block(spec)
    return made.kind.__name__ if hasattr(made, "kind") else type(made).__name__


def fitted(rows: Sequence[Row], small: float) -> dict[str, float]:
    """Coefficients of least relative error, none negative, each held a little to 1."""
    names = sorted({name for _, terms, _, _ in rows for name in terms})
    if not names:
        return {}
    weights = np.array([1 / (made + small) for _, _, _, made in rows])
    matrix = np.array([[terms.get(name, 0.0) for name in names] for _, terms, _, _ in rows]) * weights[:, None]
    wanted = np.array([made - certain for _, _, certain, made in rows]) * weights
    square = matrix.T @ matrix + PRIOR * np.eye(len(names))
    right = matrix.T @ wanted + PRIOR
    found = np.ones(len(names))
    for _ in range(5000):
        before = found.copy()
        for index in range(len(names)):
            rest = right[index] - square[index] @ found + square[index, index] * found[index]
            found[index] = max(0.0, rest / square[index, index])
        if np.abs(found - before).max() < 1e-7:
            break
    return {name: round(float(value), 4) for name, value in zip(names, found, strict=True)}


def predicted(row: Row, coefficients: Mapping[str, float]) -> float:
    _, terms, certain, _ = row
    return certain + sum(count * coefficients.get(name, 1.0) for name, count in terms.items())


def left_out(rows: Sequence[Row], small: float) -> np.ndarray:
    """What each component is predicted to take by a fit to the others' four fifths."""
    order = np.random.default_rng(1).permutation(len(rows))
    found = np.zeros(len(rows))
    for fold in range(FOLDS):
        out = set(order[fold::FOLDS].tolist())
        coefficients = fitted([row for index, row in enumerate(rows) if index not in out], small)
        for index in out:
            found[index] = predicted(rows[index], coefficients)
    return found


def errors(rows: Sequence[Row], found: np.ndarray, small: float) -> Iterator[tuple[str, int, float, float]]:
    """By kind: how many, the median and the largest error."""
    made = np.array([row[3] for row in rows])
    error = np.abs(found - made) / np.maximum(made, small)
    kinds = np.array([row[0] for row in rows])
    for kind in [*dict.fromkeys(kinds.tolist()), None]:
        chosen = error[kinds == kind] if kind else error
        yield kind or "all", len(chosen), float(np.median(chosen)), float(chosen.max())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the coefficients differ")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="show the N components with most error")
    args = parser.parse_args()
    sweep = json.loads(SWEEP.read_text())
    console = Console(width=100, soft_wrap=True)
    stale = []
    for family, told in sweep.items():
        whole: dict[str, Any] = {name: told[name] for name in ("yosys", "nextpnr", "command")}
        table = Table(family, "components", *(f"{what}, {how}" for what in SMALL for how in ("median", "worst")))
        cells: dict[str, list[str]] = {}
        for what, small in SMALL.items():
            data = rows(family, sweep, what)
            found = fitted(data, small)
            guesses = left_out(data, small)
            whole |= {what: found} if found else {}
            for kind, count, middle, most in errors(data, guesses, small):
                cells.setdefault(kind, [kind, str(count)]).extend((f"{middle:.1%}", f"{most:.1%}"))
            _worst(console, sweep[family]["rows"], data, guesses, found, what, small, args.worst)
        for row in cells.values():
            table.add_row(*row)
        console.print(table)
        for what in ("bram", "dsp", "lutram"):
            certain(console, family, sweep, what)
        file = COEFFICIENTS / f"{family}.json"
        text = json.dumps(whole, indent=1) + "\n"
        if args.check and (not file.is_file() or file.read_text() != text):
            stale.append(file.name)
        elif not args.check:
            file.write_text(text)
    for name in stale:
        console.print(f"{name} is not what the sweep gives: run without --check")
    return bool(stale)


def certain(console: Console, family: str, sweep: Mapping[str, Any], what: str) -> None:
    """Shows what should be exact and is not."""
    for row in sweep[family]["rows"]:
        told = getattr(features(block(row["spec"]), family), what)
        if told != row.get(what, 0):
            console.print(f"{family}: {what} {told}, not {row.get(what, 0)}: {row['spec']}", highlight=False)


def _worst(console, specs, data, guesses, coefficients, what, small, count) -> None:
    error = [abs(guess - row[3]) / max(row[3], small) for row, guess in zip(data, guesses, strict=True)]
    for index in sorted(range(len(data)), key=lambda k: -error[k])[:count]:
        terms = {name: round(value * coefficients[name]) for name, value in data[index][1].items()}
        fit = predicted(data[index], coefficients)
        console.print(
            f"{what} {error[index]:.0%} made {data[index][3]:.0f} left out {guesses[index]:.0f} fitted {fit:.0f} "
            f"certain {data[index][2]:.0f} {terms} {specs[index]['spec']}",
            highlight=False,
        )


if __name__ == "__main__":
    sys.exit(main())
