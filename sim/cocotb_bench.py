"""cocotb benches: written into a build, where they need nothing of ours, and run for `verify --driver cocotb`."""

import json
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from binloom.compiler.emit.vectors import write_hex
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.sim.harness import map_of
from binloom.sim.packed import pack_bytes
from binloom.sim.verify import STALL, Progress, Timing, Verification, golden_outputs, predicted, verify
from binloom.toolchain.find import extra, package
from binloom.toolchain.run import ToolError, run

TEMPLATES = Path(__file__).parent / "bench"
PLACE = "MODEL"  # stands for the model's name in the templates' names and texts

TIMEOUT = 3600.0
COMPLAINT = re.compile(r"AssertionError: (.*(?:, cycle \d+, seed |stuck in cycle ).*)")


def write_bench(folder: Path, manifest: Mapping) -> None:
    """Write tests/ into a build: `pytest tests` there runs the Verilog on the build's own vectors."""
    (folder / "tests").mkdir()
    for template in sorted(TEMPLATES.glob("*.py")):
        name, text = (part.replace(PLACE, manifest["name"]) for part in (template.name, template.read_text()))
        (folder / "tests" / name).write_text(text, encoding="utf-8", newline="\n")


def verify_by_bench(
    folder: Path,
    graph: Graph,
    manifest: Mapping,
    images: np.ndarray,
    *,
    source: str = "given",
    seed: int = 1,
    stall: float = STALL,
    load: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Verification:
    """What `verify` does, through the bench in the build's tests/."""
    for name in ("cocotb", "pytest"):
        package(name, "sim", "--driver cocotb", extra("sim")).require()
    start = time.monotonic()
    tell = progress or (lambda step, done, total: None)
    expected = golden_outputs(graph, images, lambda done: tell("golden model", done, len(images)))
    tell("cocotb", 0, 0)
    with tempfile.TemporaryDirectory(prefix="binloom-") as name:
        work = Path(name)
        (port,) = manifest["ports"]["inputs"]
        write_beats(work, port, images)
        for port in manifest["ports"]["outputs"]:
            write_beats(work, port, expected[port["name"]])
        failure = _run(folder, work, manifest["name"], seed, stall)
        report = work / "report.json"
        measured = json.loads(report.read_text()) if report.is_file() and not failure else None
    mismatch = None
    if failure:
        tell("looking for the place", 0, 0)
        verilog = (folder / f"{manifest['name']}.v").read_text()
        mismatch = verify(graph, manifest, verilog, images, seed=seed, stall=stall, load=load).mismatch
    return Verification(
        name=manifest["name"],
        images=len(images),
        source=source,
        seed=seed,
        stall=stall,
        driver="cocotb",
        equal=not failure,
        predicted=predicted(manifest),
        measured=Timing(measured["cycles_per_frame"], measured["latency"]) if measured else None,
        mismatch=mismatch,
        failure=failure,
        seconds=round(time.monotonic() - start, 3),
    )


def write_beats(folder: Path, port: Mapping, frames: np.ndarray) -> None:
    """`<port>.hex`: one beat a line."""
    map = map_of(port)
    packed = pack_bytes(map, map.to_beats(frames), port["lane_width"])
    words = (int.from_bytes(beat.tobytes(), "little") for beat in packed)
    write_hex(folder / f"{port['name']}.hex", words, port["width"])


def _run(folder: Path, work: Path, name: str, seed: int, stall: float) -> str:
    """Run the bench; gives its complaint, or nothing where all is well."""
    test = folder / "tests" / f"test_{name}.py"
    if not test.is_file():
        raise InputError(f"{test} is missing", "compile the model again")
    (work / "pytest.ini").write_text("[pytest]\n")
    result = run(
        [sys.executable, "-m", "pytest", test.resolve(), "-c", work / "pytest.ini", "--basetemp", work / "run"],
        cwd=work,
        timeout=TIMEOUT,
        accept=(0, 1),
        env={
            "BENCH_SEED": str(seed),
            "BENCH_STALL": str(stall),
            "BENCH_VECTORS": str(work),
            "BENCH_REPORT": str(work / "report.json"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    if result.status == 0:
        return ""
    complaint = COMPLAINT.search(result.output)
    if complaint is None:
        raise ToolError("the cocotb bench did not run:\n  " + "\n  ".join(result.output.rstrip().split("\n")[-12:]))
    return complaint[1]
