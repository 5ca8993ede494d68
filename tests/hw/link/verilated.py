"""A link under Verilator, fed with bytes and rests that were written down before."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from binloom.boards import protocol
from binloom.boards.top import CORE, core_verilog
from binloom.hw.link.linked import Linked
from binloom.toolchain import verilator
from binloom.toolchain.verilator import Settings

DONE = 20_480  # cycles after which everything has been said
FOLDER = Path(__file__).parent / "line"
GLUE = """
#include "Vtop.h"
#include "line.h"
struct Glue final : Line {
    Vtop top;
    explicit Glue(VerilatedContext& context) : top(&context) {
        clk = &top.clk; rst = &top.rst; ready = &top.ready; trouble = &top.trouble;
        in = &top.i___05Fpayload; in_valid = &top.i___05Fvalid; in_ready = &top.i___05Fready;
        out = &top.o___05Fpayload; out_valid = &top.o___05Fvalid; out_ready = &top.o___05Fready;
    }
    void eval() override { top.eval(); }
    ~Glue() override { top.final(); }
};
std::unique_ptr<Line> make_line(VerilatedContext& context) { return std::make_unique<Glue>(context); }
"""


def rest(cycles: int) -> list[int]:
    """Quiet for so many cycles, a multiple of 256, in what `run` is told."""
    most = 255 * 256
    return [most] * (cycles // most) + [cycles % most // 256 * 256] * (cycles % most >= 256)


@dataclass(frozen=True)
class Heard:
    """What came back, and how often a byte had to wait."""

    replies: list[protocol.Reply]
    cycles: int
    waits: int
    ready: bool
    trouble: bool


def build(linked: Linked) -> Path:
    return verilator.build(core_verilog(linked, "ecp5"), CORE, GLUE, FOLDER, Settings(optimise="-O1"))


def run(simulator: Path, told: list[int], gap: int = 10, take: int = 1) -> Heard:
    """A byte every `gap` cycles, and one taken every `take`. What comes back has to be packets, all of the protocol."""
    line = np.array(told, "<u2").tobytes()
    done = subprocess.run([simulator, str(gap), str(take)], input=line, capture_output=True, check=True, timeout=600)
    reader = protocol.Reader()
    replies = [protocol.reply_of(packet) for packet in reader.feed(done.stdout)]
    assert reader.noise == 0
    cycles, waits, ready, trouble = map(int, done.stderr.split())
    return Heard(replies, cycles, waits, bool(ready), bool(trouble))


def heard(linked: Linked, *told: protocol.Request | bytes | int, gap: int = 10, take: int = 1) -> list[protocol.Reply]:
    """What a link answers to packets, bytes and rests of so many cycles. No byte may have to wait."""
    line: list[int] = []
    for each in told:
        line += rest(each) if isinstance(each, int) else each if isinstance(each, bytes) else protocol.to_bytes(each)
    outcome = run(build(linked), [*line, *rest(DONE)], gap, take)
    assert outcome.waits == 0
    return outcome.replies
