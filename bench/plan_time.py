"""How long planning takes: `python bench/plan_time.py [NETWORK [WISH ...]]`, processor seconds for an ULX3S-85F.

`layers` are 20 of 64 channels (19 convolutions and a dense layer, thresholds, two pools); the others are of the zoo.
A wish is `fps=F`, `fit`, `smallest`, `shortest` or `latency=T`, in seconds, or several joined by commas.
"""

import os
import sys
import time
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

from binloom.compiler.errors import InputError  # noqa: E402
from binloom.compiler.ir.graph import Graph  # noqa: E402
from binloom.compiler.plan.refusal import plan_for  # noqa: E402
from binloom.compiler.plan.wish import Wish  # noqa: E402
from binloom.compiler.targets.boards import board  # noqa: E402

ROOT = Path(__file__).parents[1]
LATENCIES = ("fps=5000,latency=3e-4", "fps=5000,latency=1e-4", "shortest")
WISHES = {
    "layers": ("fps=5000", "fit", "smallest", *LATENCIES),
    "binaryflex_small": ("fit",),
    "binaryflex_mnist": ("fps=1000", "fit"),
}


def network(name: str) -> Graph:
    if name == "layers":
        sys.path.append(str(ROOT))
        from tests.plan.nets import deep

        return deep()
    from binloom import api

    return api.integer_graph(ROOT / "zoo" / f"{name}.h5")


def wish(text: str) -> Wish:
    pairs = [part.partition("=") for part in text.split(",")]
    flags = {name: 0.8 if name == "fit" else True for name, equals, _ in pairs if not equals}
    return Wish(**flags, **{name: float(value) for name, equals, value in pairs if equals})


def main() -> None:
    names = sys.argv[1:2] or list(WISHES)
    for name in names:
        graph = network(name)
        for text in sys.argv[2:] or WISHES[name]:
            searches: list[str] = []
            start = time.process_time()
            try:
                made = plan_for(graph, board("ulx3s-85f"), wish(text), searches.append)
                told = f"{made.fps:,.0f} frames a second, {1e6 * made.latency:,.1f} us, {made.area.lut:,} LUTs"
            except InputError as error:
                told = str(error)
            print(f"{name} {text}: {time.process_time() - start:.1f} s, {len(searches)} searches: {told}", flush=True)


if __name__ == "__main__":
    main()
