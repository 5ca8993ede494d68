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
    """Nine components in ten to three registers in a hundred; products with constants, which lose bits, to sixteen."""
    _, rows = counted
    errors = sorted(abs(told.ff - row["ff"]) / max(fit.SMALL["ff"], row["ff"]) for row, told in rows if "ff" in row)
    assert errors[len(errors) * 9 // 10] < 0.03
    assert errors[-1] < 0.16


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fit_gives_the_committed_coefficients(family):
    found = fit.fitted(fit.rows(family, SWEEP, "lut"), fit.SMALL["lut"])
    assert found == pytest.approx(coefficients(family)["lut"], abs=2e-4)
