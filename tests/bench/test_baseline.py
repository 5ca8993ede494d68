"""Figures held against those of before."""

import importlib
import json
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def baseline(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("baseline")


@pytest.fixture
def kept(baseline, tmp_path):
    file = tmp_path / "baseline.json"
    baseline.update("arrays", "yosys 1", {"popcount": {"slots": 100, "mhz": 200.0}}, file)
    return file


@pytest.mark.parametrize(
    ("found", "worse", "better"),
    [
        ({"slots": 102, "mhz": 196.0}, 0, 0),  # within 2%
        ({"slots": 103}, 1, 0),
        ({"slots": 97}, 0, 1),
        ({"mhz": 195.9}, 1, 0),  # of a rate less is worse
        ({"mhz": 205.0, "slots": 150}, 1, 1),
    ],
)
def test_worse_and_better_by_more_than_2_percent(baseline, kept, found, worse, better):
    verdict = baseline.judge("arrays", "yosys 1", {"popcount": found}, kept)
    assert (len(verdict.worse), len(verdict.better), verdict.unknown) == (worse, better, [])


def test_the_line_says_what_moved(baseline, kept):
    verdict = baseline.judge("arrays", "yosys 1", {"popcount": {"slots": 1234}}, kept)
    assert verdict.worse == ["arrays, popcount: 1,234 slots, 100 before"]


@pytest.mark.parametrize(
    ("version", "found", "line"),
    [
        ("yosys 2", {"popcount": {"slots": 500}}, "arrays: no figures of yosys 2"),
        ("yosys 1", {"popcount": {"ff": 5}}, "arrays, popcount: no ff"),
        ("yosys 1", {"other": {"slots": 5}}, "arrays, other: no slots"),
    ],
)
def test_what_there_is_nothing_to_hold_against_is_said_and_no_failure(baseline, kept, version, found, line):
    verdict = baseline.judge("arrays", version, found, kept)
    assert (verdict.unknown, verdict.worse) == ([line], [])


def test_an_update_leaves_other_figures(baseline, kept):
    baseline.update("arrays", "yosys 1", {"popcount": {"slots": 90}}, kept)
    baseline.update("arrays", "yosys 2", {"popcount": {"slots": 80}}, kept)
    known = json.loads(kept.read_text())["arrays"]
    assert known == {"yosys 1": {"popcount": {"slots": 90, "mhz": 200.0}}, "yosys 2": {"popcount": {"slots": 80}}}


def test_every_suite_has_figures_cases_and_a_version(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    run = importlib.import_module("run")
    for suite in run.SUITES:
        module = importlib.import_module(suite)
        assert module.CASES
        assert callable(module.figures)
        assert callable(module.version)
