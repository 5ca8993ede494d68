"""What goes wrong in a build is told with the place of its log, and leaves nothing that looks like a simulator."""

import re
import time
from pathlib import Path

import pytest

from binloom.toolchain import cache, verilator
from binloom.toolchain.run import ToolError, run

GLUE = """
#include "Vtop.h"
int main() { VerilatedContext context; Vtop top(&context); top.eval(); return top.y == 1 ? 0 : 1; }
"""


@pytest.fixture
def support(tmp_path) -> Path:
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "more.cpp").write_text("int more() { return 1; }\n")
    return folder


def test_broken_verilog(support):
    with pytest.raises(ToolError) as caught:
        verilator.build("module top(output y); assign y = ; endmodule\n", "top", GLUE, support, verilator.Settings())
    said = str(caught.value)
    assert "syntax error" in said
    log = Path(re.search(r"\(log: (.*)\)", said)[1])
    assert "--top-module top" in log.read_text()


def test_broken_glue(support):
    with pytest.raises(ToolError, match="failed with status 1"):
        verilator.build("module top(output y); assign y = 1; endmodule\n", "top", "nonsense", support)


def test_each_setting_has_a_simulator_of_its_own(support):
    text = "module top(output y); assign y = 1; endmodule\n"
    built = {verilator.build(text, "top", GLUE, support, verilator.Settings(optimise=way)) for way in ("-O0", "-O1")}
    assert len(built) == 2
    assert all(path.is_relative_to(cache.root()) for path in built)
    assert {path.name for path in next(iter(built)).parent.iterdir()} == {"simulate", "top.v", "verilator.log"}


def test_a_large_design_is_compiled_file_by_file(support, monkeypatch):
    monkeypatch.setattr(verilator, "SMALL", 0)
    never_built_before = f"// {time.time_ns()}\n"
    text = never_built_before + "module top(output y); assign y = 1; endmodule\n"
    assert run([verilator.build(text, "top", GLUE, support)], timeout=20).status == 0
