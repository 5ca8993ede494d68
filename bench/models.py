"""Whole models through the whole path: `python bench/models.py MODEL.h5 DATA.npz [INPUT_SCALE] [IMAGES]`.

Prints one row of the table in docs/figures.md: how long compiling takes, what golden scores on the test images and in
how many seconds of CPU, and what Verilator finds on the first IMAGES of them (default 200). Counts and cycles are
deterministic; seconds are this machine's.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import binloom
from binloom.sim import golden


def main() -> None:
    model, data = Path(sys.argv[1]), Path(sys.argv[2])
    scale = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] != "-" else None
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        build = binloom.compile(model, Path(folder) / "build", input_scale=scale)
        compiled = time.perf_counter() - start
        x, y = golden.load_dataset(data, build.graph)
        start = time.process_time()
        score = build.evaluate(x, y)
        evaluated = time.process_time() - start
        start = time.perf_counter()
        proof = build.verify(np.asarray(x[:count]), source=data.name)
        verified = time.perf_counter() - start
    predicted, measured = proof.predicted, proof.measured
    print("| model | compile | golden | golden, CPU | Verilator | cycles a frame (predicted) | latency (predicted) |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {model.stem} | {compiled:.1f} s | {score} | {evaluated:.1f} s "
        f"| {'equal' if proof.equal else 'NOT EQUAL'} on {proof.images}, {verified:.0f} s "
        f"| {measured.cycles_per_frame if measured else '-'} ({predicted.cycles_per_frame}) "
        f"| {measured.latency if measured else '-'} ({predicted.latency}) |"
    )


if __name__ == "__main__":
    main()
