"""Makes the SoC and runs its bench in Verilator: `BUILD=digits pytest test_soc.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD", HERE / "digits")).resolve()
sys.path[:0] = [str(HERE), str(BUILD / "tests")]
from digits_tools import BUILD_ARGS, find_verilator  # noqa: E402


def test_soc(tmp_path):
    subprocess.run([sys.executable, HERE / "soc.py", BUILD, tmp_path], check=True, cwd=tmp_path)
    find_verilator()
    os.environ.update(BUILD=str(BUILD), SOC=str(tmp_path), PYTHONPATH=str(HERE))
    sources = [*json.loads((tmp_path / "sources.json").read_text()), tmp_path / "classifier_soc.v"]
    runner = get_runner("verilator")
    runner.build(sources=sources, hdl_toplevel="classifier_soc", build_dir=tmp_path, build_args=BUILD_ARGS, always=True)
    runner.test(hdl_toplevel="classifier_soc", test_module="bench", build_dir=tmp_path, test_dir=tmp_path)
