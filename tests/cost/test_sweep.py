"""The model against the sweep that is kept: what it counts is right, and its coefficients are those of the fit."""

import json

import fit
import pytest
from components import block

from binloom.compiler.cost.estimate import coefficients
from binloom.compiler.cost.table import features

SWEEP = json.loads(fit.SWEEP.read_text())
FAMILIES = sorted(SWEEP)


@pytest.fixture(scope="module", params=FAMILIES)
def counted(request):
    """A family, and for each of its components what the model counts and what synthesis made."""
    return request.param, [(row, features(block(row["spec"]), request.param)) for row in SWEEP[request.param]["rows"]]


@pytest.mark.parametrize("what", ["bram", "lutram", "spram"])
def test_memories_go_where_yosys_puts_them(counted, what):
    _, rows = counted
    assert {
        str(row["spec"]): getattr(told, what) for row, told in rows if getattr(told, what) != row.get(what, 0)
    } == {}


def test_multipliers(counted):
    """A constant that is nearly a power of two may or may not be a shift to yosys."""
    _, rows = counted
    assert all(abs(told.dsp - row.get("dsp", 0)) <= 0.03 * row.get("dsp", 0) for row, told in rows)


def test_registers(counted):
    """Nine components in ten to two registers in a hundred; where yosys merges more than is foreseen, to twelve."""
    family, rows = counted
    fitted = coefficients(family)["ff"]
    errors = []
    for row, told in rows:
        count = told.ff + sum(fitted.get(term, 1.0) * value for term, value in told.ff_terms.items())
        errors.append(abs(count - row.get("ff", 0)) / max(fit.SMALL["ff"], row.get("ff", 0)))
    errors.sort()
    assert errors[len(errors) * 9 // 10] < 0.02
    assert errors[-1] < 0.12


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fit_gives_the_committed_coefficients(family):
    committed = coefficients(family)
    for what, small in fit.SMALL.items():
        found = fit.fitted(fit.rows(family, SWEEP, what), small)
        assert found == pytest.approx(committed[what], abs=2e-4)
