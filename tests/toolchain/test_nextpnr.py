"""Place and route: what a report says, and seeds side by side on a nextpnr that only pretends."""

import json

import pytest

from binloom.toolchain import find, nextpnr
from binloom.toolchain.run import TimedOut, ToolError


def end(cell: str) -> dict:
    return {"cell": cell, "loc": [1, 1], "port": "Q"}


def step(kind: str, delay: float, start: str, stop: str) -> dict:
    return {"type": kind, "delay": delay, "from": end(start), "to": end(stop)}


INSIDE = [
    step("source", 0.5, "conv.x", "conv.x"),
    step("routing", 2.0, "conv.x", "conv.lut"),
    step("logic", 0.25, "conv.lut", "conv.lut"),
    step("routing", 1.0, "conv.lut", "pool.y"),
    step("setup", 0.0, "pool.y", "pool.y"),
]
REPORT = {
    "fmax": {"clk": {"achieved": 123.456, "constraint": 100.0}},
    "utilization": {"TRELLIS_COMB": {"used": 20, "available": 83640}, "DP16KD": {"used": 0, "available": 208}},
    "critical_paths": [
        {"from": "<async>", "to": "posedge clk", "path": [step("routing", 99.0, "in", "conv.x")]},
        {"from": "posedge clk", "to": "posedge clk", "path": INSIDE},
    ],
}

PRETEND = """#!/bin/sh
echo "$@"
while [ $# -gt 0 ]; do
  case "$1" in --seed) seed=$2 ;; --report) report=$2 ;; --version) exit 0 ;; esac
  shift
done
%s
"""


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """Puts a script in nextpnr's place."""

    def put(body: str):
        script = tmp_path / "nextpnr-ecp5"
        script.write_text(PRETEND % body)
        script.chmod(0o755)
        tool = find.Tool("nextpnr-ecp5", "fpga", "place and route", "", script, "1.0")
        monkeypatch.setattr(find, "nextpnr", lambda kind: tool)
        return tmp_path

    return put


def route(folder, seeds, jobs=1, timeout=30, **options):
    return nextpnr.route(
        "ecp5",
        folder / "netlist.json",
        "top",
        ["--85k"],
        folder,
        seeds=seeds,
        freq=100,
        jobs=jobs,
        timeout=timeout,
        **options,
    )


def test_what_a_report_says():
    routed = nextpnr.parse_report(json.dumps(REPORT), 3)
    assert (routed.seed, routed.clock_mhz) == (3, 123.46)
    assert (routed.used["TRELLIS_COMB"], routed.available["DP16KD"]) == (20, 208)
    assert routed.critical == nextpnr.CriticalPath("conv.x", "pool.y", 0.75, 3.0)
    assert routed.critical.total == 3.75


def test_a_design_without_registers_has_no_clock():
    routed = nextpnr.parse_report(json.dumps({**REPORT, "fmax": {}, "critical_paths": []}), 1)
    assert (routed.clock_mhz, routed.critical) == (None, None)


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_seed_has_its_report_and_log(pretend, jobs):
    folder = pretend("cp report.json $report")
    (folder / "report.json").write_text(json.dumps(REPORT))
    assert [routed.seed for routed in route(folder, [1, 2, 3], jobs)] == [1, 2, 3]
    assert "--85k --json netlist.json --top top --seed 2 --freq 100" in (folder / "seed2.log").read_text()
    assert (folder / "seed3.json").is_file()


def test_too_small_a_device_is_told_apart_from_a_failure(pretend):
    folder = pretend("echo 'ERROR: Unable to place cell x, no BELs remaining to implement cell type y'; exit 1")
    with pytest.raises(nextpnr.DoesNotFit, match=r"^Unable to place cell x"):
        route(folder, [1])
    folder = pretend("echo 'ERROR: Assertion failure'; exit 1")
    with pytest.raises(ToolError, match="failed with status 1") as caught:
        route(folder, [1])
    assert not isinstance(caught.value, nextpnr.DoesNotFit)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_seed_that_fails_or_hangs_leaves_the_others(pretend, jobs):
    folder = pretend("case $seed in 1) exit 1 ;; 2) exec sleep 60 ;; *) cp report.json $report ;; esac")
    (folder / "report.json").write_text(json.dumps(REPORT))
    failed = []
    routed = route(folder, [1, 2, 3], jobs, timeout=1, on_failure=failed.append)
    assert [seed.seed for seed in routed] == [3]
    assert [seed.seed for seed in failed] == [1, 2]
    assert failed[0].reason == f"nextpnr-ecp5 failed with status 1 (log: {folder / 'seed1.log'})"
    assert failed[1].reason == "was stopped after 1 s"


@pytest.mark.parametrize("jobs", [1, 2])
def test_where_all_seeds_take_too_long_it_is_told(pretend, jobs):
    folder = pretend("exec sleep 60")
    with pytest.raises(TimedOut, match="was stopped after 1 s"):
        route(folder, [1, 2], jobs, timeout=1)
