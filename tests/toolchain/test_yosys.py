"""Synthesis: the cells of each kept module, from yosys' statistics and from a real run."""

import json

import pytest

from binloom.toolchain.run import ToolError
from binloom.toolchain.yosys import parse_cells, synthesise

STATISTICS = {
    "creator": "Yosys 0.70",
    "modules": {
        "\\inner": {"num_cells": 5, "num_cells_by_type": {"$scopeinfo": 1, "LUT4": 3, "TRELLIS_FF": 1}},
        "\\top": {"num_cells": 3, "num_cells_by_type": {"LUT4": 1, "inner": 2}},
    },
    "design": {"num_cells_by_type": {"LUT4": 7}},
}

VERILOG = """
module count(input clk, input en, output reg [7:0] n);
  always @(posedge clk) if (en) n <= n + 1;
endmodule
module top(input clk, input en, output [7:0] a, output any);
  count counter(.clk(clk), .en(en), .n(a));
  assign any = |a & en;
endmodule
"""


def test_cells_of_each_module_without_those_of_others():
    assert parse_cells(json.dumps(STATISTICS)) == {"inner": {"LUT4": 3, "TRELLIS_FF": 1}, "top": {"LUT4": 1}}


def test_a_small_design(tmp_path):
    source = tmp_path / "top.v"
    source.write_text(VERILOG)
    folder = tmp_path / "synth"
    folder.mkdir()
    made = synthesise([source], "top", "synth_ecp5 -nowidelut", folder, keep=["count"], timeout=120)
    assert made.cells["count"]["TRELLIS_FF"] == 8
    assert made.cells["count"]["CCU2C"] == 4
    assert set(made.cells["top"]) == {"LUT4"}
    assert list(json.loads(made.json.read_text())["modules"]["top"]["ports"]) == ["clk", "en", "a", "any"]


def test_what_is_wrong_with_the_source_is_told(tmp_path):
    source = tmp_path / "top.v"
    source.write_text("module top(;")
    with pytest.raises(ToolError, match="syntax error"):
        synthesise([source], "top", "synth_ecp5", tmp_path, timeout=120)
