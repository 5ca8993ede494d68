"""The same bench through cocotb-test, for those who use it; skipped where it is not installed."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from MODEL_tools import BUILD_ARGS, HERE, SOURCES, TOP, find_verilator

simulator = pytest.importorskip("cocotb_test.simulator")


def test_MODEL_through_cocotb_test(tmp_path):
    find_verilator()
    simulator.run(
        simulator="verilator",
        verilog_sources=[str(source) for source in SOURCES],
        toplevel=TOP,
        module="MODEL_bench",
        python_search=[str(HERE)],
        compile_args=BUILD_ARGS,
        sim_build=str(tmp_path),
    )
