"""Registers are counted exactly: as many bits as the emitted Verilog has behind a clock edge."""

import re

import pytest
from amaranth.back import verilog
from components import block

from binloom.compiler.cost.table import features
from binloom.compiler.emit.verilog import Platform

REGISTER = re.compile(r"^  reg (?:\[(\d+):0\] )?(\S+)(?: = .*)?;$", re.MULTILINE)
CLOCKED = re.compile(r"^  always @\(posedge clk\)\n((?:    .*\n)*?)(?=  \S|\n|endmodule)", re.MULTILINE)
TARGET = re.compile(r"(\S+) <= ")

# Blocks in which nothing is left out: no constant bits, no register that two parts would share.
SPECS = [
    {"kind": "skid", "width": 8, "lanes": 4},
    {"kind": "fork", "width": 3, "lanes": 2, "ways": 3},
    {"kind": "fifo", "width": 8, "lanes": 2, "depth": 2},
    {"kind": "adapter", "width": 5, "channels": 24, "lanes": 24, "to": 4},
    {"kind": "adapter", "width": 5, "channels": 24, "lanes": 2, "to": 12},
    {"kind": "adapter", "width": 4, "channels": 12, "lanes": 4, "to": 6},
    {"kind": "thresholds", "width": 7, "channels": 6, "lanes": 6},
    {"kind": "piecewise_affine", "width": 7, "channels": 6, "lanes": 6, "relu": True},
    {"kind": "adds", "width": 6, "lanes": 3},
    {"kind": "concats", "width": 6, "lanes": 3},
    {"kind": "top", "width": 6, "channels": 10, "lanes": 2},
    {"kind": "border", "width": 6, "size": (5, 7), "channels": 4, "lanes": 2, "around": 1},
]


def registers(text: str) -> int:
    """Bits of all registers of all modules of a file."""
    count = 0
    for module in text.split("\nendmodule"):
        widths = {name: int(high or 0) + 1 for high, name in REGISTER.findall(module)}
        written = {name for body in CLOCKED.findall(module) for name in TARGET.findall(body)}
        count += sum(width for name, width in widths.items() if name in written)
    return count


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: " ".join(str(value) for value in spec.values()))
def test_registers_of_the_verilog(spec):
    made = block(spec)
    told = features(made, "ecp5").ff
    text = verilog.convert(made, platform=Platform("ecp5"), emit_src=False, strip_internal_attrs=True)
    assert round(told) == registers(text)
