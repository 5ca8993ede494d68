"""Networks planned for a board, placed, routed and verified: `python bench/networks.py [CASE ...]`.

Each case is compiled, planned for its wish, held against its model in Verilator on a few frames, which also counts its
cycles, and built with seeds 1, 2 and 3. Files that others have trained are looked for in the folder `models` of what
BINLOOM_SHARED names, else of `shared`; without them their cases are left out. `cnv` and `cbcnn` have random weights
(`nets.py`), which takes `.[train]`.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from binloom import api
from binloom.compiler.plan.wish import Bound
from binloom.compiler.targets.boards import board
from binloom.toolchain import find

ROOT = Path(__file__).parent.parent
MODELS = Path(os.environ.get("BINLOOM_SHARED", ROOT / "shared")) / "models"
PLANS = ROOT / "bench" / "plans"
WORK = ROOT / "build" / "bench"  # not in /tmp, which YoWASP's tools do not see
FRAMES = 8
SEEDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A model, its board, and what is wished of the plan or a file that holds one; else it keeps the default plan.

    `freq` in MHz is what nextpnr is asked for: little more than it reaches, as all that is slower counts as critical.
    """

    model: Callable[[Path], Path]
    board: str
    wish: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    freq: float = 100.0


def zoo(name: str) -> Callable[[Path], Path]:
    return lambda folder: ROOT / "zoo" / name


def given(name: str) -> Callable[[Path], Path]:
    return lambda folder: MODELS / name


def shape(name: str) -> Callable[[Path], Path]:
    """A model of random weights."""

    def make(folder: Path) -> Path:
        import nets

        path = folder / f"{name}.h5"
        nets.make(name, 1).save(path, include_optimizer=False)
        return path

    return make


AUTHORS, SCALE = given("B-nlcnn_mnist_99_22.h5"), {"input_scale": "1/255"}
CNV = {"fps": 8_500, "latency": 0.57e-3, "clock": 55.0, "smallest": True, "bounds": {"bram": Bound.of("75%")}}
CBCNN = {"fps": 19_500, "clock": 62.0, "smallest": True, "bounds": {"bram": Bound.of("75%")}}
CASES: Mapping[str, Case] = {
    "fashion": Case(zoo("fashion_small.h5"), "ulx3s-85f"),
    "tiny": Case(zoo("mnist_tiny.h5"), "ulx3s-85f", {"smallest": True}),
    "tiny up5k": Case(zoo("mnist_tiny.h5"), "icebreaker", {"smallest": True}),
    "mnist": Case(AUTHORS, "ulx3s-85f", {"fps": 60_000, "clock": 60.0}, SCALE, freq=62.0),
    "mnist up5k": Case(AUTHORS, "icebreaker", {"fit": 0.9}, SCALE),
    "mnist up5k by hand": Case(AUTHORS, "icebreaker", {"plan": PLANS / "mnist_icebreaker.toml"}, SCALE),
    "lbcnn up5k by hand": Case(zoo("lbcnn_mnist.h5"), "icebreaker", {"plan": PLANS / "lbcnn_icebreaker.toml"}, SCALE),
    "cbcnn small": Case(zoo("cbcnn_small.h5"), "orangecrab-25f", {"smallest": True}),
    "cbcnn": Case(shape("cbcnn"), "ulx3s-85f", CBCNN, freq=80.0),
    "cbcnn by hand": Case(shape("cbcnn"), "ulx3s-85f", {"plan": PLANS / "cbcnn_ulx3s.toml"}, freq=70.0),
    "cnv": Case(shape("cnv"), "ulx3s-85f", CNV, freq=55.0),
}


def version(quick: bool) -> str:
    """The tools that the figures depend on."""
    families = sorted({board(case.board).family.nextpnr for case in CASES.values()})
    placers = [f"nextpnr-{family} {find.nextpnr(family).require().version}" for family in families]
    return ", ".join([f"yosys {find.yosys().require().version}", *placers])


def figures(quick: bool, cases: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Of each case whose model is there: none is quick."""
    WORK.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in [] if quick else cases or CASES:
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            model = CASES[name].model(Path(folder))
            if model.is_file():
                found[name] = measure(CASES[name], model, Path(folder) / "build")
            else:
                print(f"{name} is left out: {model} is not there", flush=True)
    return found


def measure(case: Case, model: Path, folder: Path) -> dict[str, float]:
    """What report.json says on top; SystemExit where the design is not equal to its model."""
    build = api.compile(model, folder, **case.options)
    if case.wish:
        build, _ = build.plan(board=case.board, **case.wish)
    verified = build.verify(build.own_images(FRAMES)[0])
    if not verified.equal:
        raise SystemExit(str(verified))
    build.report(verified)
    report, _ = build.implement(board(case.board), case.board, seeds=SEEDS, freq=case.freq)
    clock = report["clock_mhz"]
    return {
        **{name: report[name] for name in ("lut", "ff", "bram", "dsp")},
        "cycles": report["cycles_per_frame"],
        "latency": report["latency_cycles"],
        **{"mhz min": clock["min"], "mhz": clock["median"], "mhz max": clock["max"]},
        "frames_per_second": report["frames_per_second"],
        "lut predicted": report["predicted"]["lut"],
        "mhz predicted": report["predicted"]["clock_mhz"]["median"],
        "cycles predicted": report["predicted"]["cycles_per_frame"],
    }


if __name__ == "__main__":
    from run import main

    sys.exit(main(["networks", *sys.argv[1:]]))
