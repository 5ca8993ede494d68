"""Waves, taps, ports with a `last` wire, and a cache that answers the second time."""

import time

import numpy as np
import pytest

from binloom.sim.failures import ProtocolError
from binloom.sim.simulator import Job, Port, Shell, Tap, launch
from binloom.toolchain import verilator
from binloom.toolchain.run import run
from binloom.toolchain.verilator import Settings

# Two registers in a row, a middle stream with a name, and AXI-like ports.
VERILOG = """
module chain (input aclk, input aresetn, input [39:0] s_tdata, input s_tvalid, output s_tready, input s_tlast,
              output [39:0] m_tdata, output m_tvalid, input m_tready, output m_tlast);
  wire [39:0] mid__x_payload; wire mid__x_valid; wire mid__x_ready;
  reg [39:0] a = 0, b = 0; reg av = 0, bv = 0;
  reg [1:0] n = 0;
  assign mid__x_payload = a ^ 40'h1, mid__x_valid = av, mid__x_ready = !bv || m_tready, s_tready = !av || mid__x_ready;
  assign m_tdata = b, m_tvalid = bv, m_tlast = n == LAST;
  always @(posedge aclk)
    if (!aresetn) begin av <= 0; bv <= 0; n <= 0; end
    else begin
      if (s_tready) begin a <= s_tdata; av <= s_tvalid; end
      if (mid__x_ready) begin b <= mid__x_payload; bv <= av; end
      if (m_tvalid && m_tready) n <= n == LAST ? 0 : n + 1;
    end
endmodule
"""
SHELL = Shell(
    "chain",
    (Port("s", 40, "s_tdata", "s_tvalid", "s_tready", "s_tlast", beats=4),),
    (Port("m", 40, "m_tdata", "m_tvalid", "m_tready", "m_tlast", beats=4),),
    clock="aclk",
    reset="aresetn",
    reset_active=0,
)
BEATS = np.random.default_rng(5).integers(0, 256, (40, 5), np.uint8)
MIDDLE = BEATS ^ np.array([1, 0, 0, 0, 0], np.uint8)


def build(last: int = 3, **settings):
    return SHELL.build(VERILOG.replace("LAST", str(last)), Settings(**settings))


def test_beats_and_the_stamps_of_frames():
    outcome = launch(build(), SHELL, Job({"s": BEATS}, {"m": 40}))
    assert np.array_equal(outcome.beats["m"], MIDDLE)
    assert outcome.accepted["s"].tolist() == list(range(1, 41, 4))
    assert outcome.delivered["m"].tolist() == list(range(6, 46, 4))
    assert outcome.cycles == 42


def test_a_wrong_end_of_frame_is_told():
    with pytest.raises(ProtocolError, match="m: last is 1 on beat 2 of frames of 4 beats, cycle"):
        launch(build(last=2), SHELL, Job({"s": BEATS}, {"m": 40}))


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_a_tap_sees_every_beat_once(stall):
    simulator = build(public=("mid__x_*",))
    outcome = launch(simulator, SHELL, Job({"s": BEATS}, {"m": 40}, stall, seed=1, taps=(Tap("mid__x", 40),)))
    assert np.array_equal(outcome.taps["mid__x"], MIDDLE)
    assert np.array_equal(outcome.beats["m"], MIDDLE)


def test_a_tap_keeps_one_frame():
    simulator = build(public=("mid__x_*",))
    tap = Tap("mid__x", 40, first=8, count=4)
    outcome = launch(simulator, SHELL, Job({"s": BEATS}, {"m": 12}, taps=(tap,)))
    assert np.array_equal(outcome.taps["mid__x"], MIDDLE[8:12])


def test_waves_are_an_fst_file(tmp_path):
    wave = tmp_path / "a folder" / "waves.fst"
    wave.parent.mkdir()
    launch(build(trace=True), SHELL, Job({"s": BEATS}, {"m": 40}, wave=wave))
    content, place, blocks = wave.read_bytes(), 0, []
    while place < len(content):  # a block is its kind and its length, the length's own eight bytes included
        blocks.append(content[place])
        place += 1 + int.from_bytes(content[place + 1 : place + 9], "big")
    assert place == len(content)
    assert blocks[0] == 0
    assert set(blocks) >= {0, 3, 6}  # header, geometry, hierarchy
    assert b"mid__x_payload" in content


def test_progress_is_heard():
    """Four times a second at most: a run too short for that is made longer, a hundredfold where the machine is fast."""
    beats, heard = 100_000, []
    while not heard and beats < 20_000_000:
        beats *= 3
        launch(build(), SHELL, Job({"s": np.resize(BEATS, (beats, 5))}, {"m": beats}, stall=0.5), heard.append)
    assert heard
    assert heard == sorted(heard)
    assert 0 < heard[-1] <= beats // 4


def test_a_second_build_comes_from_the_cache(monkeypatch):
    started = []

    def counted(args, **options):
        started.append(args)
        return run(args, **options)

    monkeypatch.setattr(verilator, "run", counted)
    text = f"// never built before: {time.time_ns()}\n" + VERILOG.replace("LAST", "3")
    first = SHELL.build(text, Settings())
    assert started
    started.clear()
    assert SHELL.build(text, Settings()) == first
    assert started == []
