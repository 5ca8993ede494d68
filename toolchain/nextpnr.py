"""A netlist to a placed and routed design, from several seeds: how fast each came out, and what it uses."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from binloom.toolchain import find
from binloom.toolchain.run import MissingTool, TimedOut, ToolError, run, stopping

# What nextpnr says when a device, and not the design, is at fault.
FULL = re.compile(r"ERROR: .*(no (more |remaining )?bels|no bels remain|unable to (find a )?place).*", re.IGNORECASE)


class DoesNotFit(ToolError):
    """The design needs more than the device has."""


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The slowest path between two registers: the cells at its ends and the nanoseconds in LUTs and on wires."""

    start: str
    end: str
    logic: float
    routing: float

    @property
    def total(self) -> float:
        return self.logic + self.routing


@dataclass(frozen=True, slots=True)
class Routed:
    """What one seed gave. `clock_mhz` is None where no register leads to another."""

    seed: int
    clock_mhz: float | None
    used: Mapping[str, int]
    available: Mapping[str, int]
    critical: CriticalPath | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a seed gave nothing: in words, and as what its run raised."""

    seed: int
    reason: str
    error: ToolError


def route(
    kind: str,
    netlist: Path,
    top: str,
    args: Sequence[str],
    folder: Path,
    *,
    seeds: Sequence[int],
    freq: float,
    jobs: int,
    timeout: float,
    output: str = "",
    on_failure: Callable[[Failed], None] | None = None,
) -> list[Routed]:
    """Place and route once for each seed, `jobs` at a time, for a clock of `freq` MHz; `folder` keeps logs and reports.

    The work goes through joblib: inside `joblib.parallel_config(backend="dask")` the seeds spread over a cluster whose
    machines see `folder`. `output` is the option under which a seed also writes its design, for a packer, into
    `design_file(folder, seed)`. A clock that misses `freq` is no failure, and a seed that fails or takes longer than
    `timeout` seconds does not take the others with it: `on_failure` hears of it. Where all fail, so does this, with
    DoesNotFit where the device is too small, else with what the first of them raised.
    """
    find.nextpnr(kind).require()
    one = partial(route_seed, kind, netlist, top, args, folder, freq=freq, timeout=timeout, output=output)
    if jobs == 1:
        found = [_tried(one, seed, timeout) for seed in seeds]
    else:
        find.package("joblib", "fpga", "several seeds at once", find.extra("fpga")).require()
        from joblib import Parallel, delayed

        with stopping():
            found = Parallel(n_jobs=jobs, prefer="threads")(delayed(_tried)(one, seed, timeout) for seed in seeds)
    routed = [result for result in found if isinstance(result, Routed)]
    failed = [result for result in found if isinstance(result, Failed)]
    if not routed:
        raise next((seed.error for seed in failed if isinstance(seed.error, DoesNotFit)), failed[0].error)
    for seed in failed:
        if on_failure is not None:
            on_failure(seed)
    return routed


def _tried(one: Callable[[int], Routed], seed: int, timeout: float) -> Routed | Failed:
    try:
        return one(seed)
    except TimedOut as error:
        return Failed(seed, f"was stopped after {timeout:g} s", error)
    except MissingTool:
        raise
    except ToolError as error:
        return Failed(seed, str(error).partition("\n")[0], error)


def design_file(folder: Path, seed: int) -> Path:
    """Where a seed's design is."""
    return folder / f"seed{seed}.design"


def route_seed(
    kind: str,
    netlist: Path,
    top: str,
    args: Sequence[str],
    folder: Path,
    seed: int,
    *,
    freq: float,
    timeout: float,
    output: str = "",
) -> Routed:
    """The same for one seed. ToolError where it gives nothing."""
    tool = find.nextpnr(kind).require()
    report, log = folder / f"seed{seed}.json", folder / f"seed{seed}.log"
    report.unlink(missing_ok=True)
    command: list[object] = [tool.path, *args, "--json", netlist.name]
    command += ["--top", top, "--seed", seed, "--freq", f"{freq:g}", "--timing-allow-fail", "--report", report.name]
    if output:
        command += [output, design_file(folder, seed).name]
    try:
        result = run([str(part) for part in command], cwd=folder, timeout=timeout, log=log)
    except ToolError as error:
        if log.is_file() and (found := FULL.search(log.read_text())):
            raise DoesNotFit(f"{found.group().removeprefix('ERROR: ')} (log: {log})") from None
        raise error
    if not report.is_file():
        raise ToolError(f"{tool.name} left no report behind (log: {log})")
    return parse_report(report.read_text(), seed, result.seconds)


def parse_report(text: str, seed: int, seconds: float = 0.0) -> Routed:
    """Clock, use and slowest path from a report of nextpnr."""
    told = json.loads(text)
    clocks = [clock["achieved"] for clock in told["fmax"].values()]
    use = told["utilization"]
    return Routed(
        seed=seed,
        clock_mhz=round(min(clocks), 2) if clocks else None,
        used={name: counts["used"] for name, counts in use.items()},
        available={name: counts["available"] for name, counts in use.items()},
        critical=_critical(told["critical_paths"]),
        seconds=seconds,
    )


def _critical(paths: Sequence[Mapping]) -> CriticalPath | None:
    """The longest of the paths that begin and end at a clock."""
    found = [_path(path["path"]) for path in paths if "<async>" not in (path["from"], path["to"])]
    return max(found, key=lambda path: path.total, default=None)


def _path(steps: Sequence[Mapping]) -> CriticalPath:
    routing = sum(step["delay"] for step in steps if step["type"] == "routing")
    total = sum(step["delay"] for step in steps)
    return CriticalPath(steps[0]["from"]["cell"], steps[-1]["to"]["cell"], round(total - routing, 3), round(routing, 3))
