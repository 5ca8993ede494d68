"""The hand-made networks of the other tests as Verilog: branches, FIFOs and every op, through both kinds of ports."""

import itertools

import pytest

from binloom.compiler.compile import CompileOptions
from tests.compiler import test_fifo_depths, test_network
from tests.compiler.bench import check_verilog

GRAPHS = test_fifo_depths.GRAPHS | test_network.GRAPHS
# At once: a skip that fills its FIFO, branches within branches, a skip that waits for a whole frame, all ops.
QUICK = {("strided", "plain"), ("dense_block", "axi"), ("global_gate", "plain"), ("every_op", "axi")}


@pytest.mark.parametrize(
    ("name", "ports"),
    [
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow)
        for case in itertools.product(GRAPHS, ["plain", "axi"])
    ],
)
def test_equals_the_interpreter(name: str, ports: str, tmp_path) -> None:
    check_verilog(GRAPHS[name](), tmp_path / "build", CompileOptions(ports=ports, cycles=60))
