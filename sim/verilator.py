"""Runs one component in Verilator, as `pysim.simulate` does: where nothing stalls, the cycles are the same too."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import amaranth
import numpy as np
from amaranth.back import rtlil, verilog
from amaranth.hdl import Shape
from amaranth.lib import stream, wiring

from binloom.sim.pysim import Run
from binloom.sim.simulator import Job, Port, Shell, launch
from binloom.toolchain import cache
from binloom.toolchain.verilator import Settings

TOP = "top"
SETTINGS = Settings(optimise="-O1")  # a block runs for a fraction of the time that it takes to compile

_built: WeakKeyDictionary[wiring.Component, tuple[Path, Shell]] = WeakKeyDictionary()


def simulate(
    dut: wiring.Component,
    inputs: Mapping[str, Sequence[int]],
    counts: Mapping[str, int],
    *,
    stall: float = 0.0,
    seed: int = 0,
    limit: int = 100_000,
    load: Sequence[int] = (),
) -> Run:
    """Feed `inputs[port]` payloads to each input stream and collect `counts[port]` beats of each output stream.

    `stall` is the share of cycles in which a source holds its valid low and a sink its ready. `limit` cycles at most.
    What `load` holds goes to the stream of that name before everything else, and cycles count from there.
    The component is built once; later runs of it, with other inputs and seeds, cost milliseconds.
    """
    simulator, shell = prepare(dut)
    ports = {port.name: port for port in (*shell.inputs, *shell.outputs)}
    beats = {name: _to_bytes(payloads, ports[name].bits) for name, payloads in inputs.items()}
    loads = {"load": _to_bytes(load, ports["load"].bits)} if len(load) else {}
    outcome = launch(simulator, shell, Job(beats, counts, stall, seed, limit, loads=loads))
    return Run(
        {name: [int.from_bytes(beat.tobytes(), "little") for beat in beats] for name, beats in outcome.beats.items()},
        {name: cycles.tolist() for name, cycles in outcome.delivered.items()},
        {name: cycles.tolist() for name, cycles in outcome.accepted.items()},
    )


def prepare(dut: wiring.Component) -> tuple[Path, Shell]:
    """The simulator of a component whose members are streams."""
    if dut not in _built:
        inputs, outputs = ports_of(dut)
        text = to_verilog(dut)
        # Amaranth gives clock and reset only to a component that has a register.
        clock, reset = (name if re.search(rf"^ *input {name};", text, re.M) else "" for name in ("clk", "rst"))
        shell = Shell(TOP, inputs, outputs, clock, reset)
        _built[dut] = shell.build(text, SETTINGS), shell
    return _built[dut]


def ports_of(dut: wiring.Component) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Its input streams and its output streams."""
    sides: dict[wiring.Flow, list[Port]] = {wiring.In: [], wiring.Out: []}
    for name, member in dut.signature.members.items():
        if not member.is_signature or not isinstance(member.signature, stream.Signature):
            raise ValueError(f"every member of a simulated component must be a stream, got {name}: {member!r}")
        sides[member.flow].append(Port.of(name, Shape.cast(member.signature.members["payload"].shape).width))
    return tuple(sides[wiring.In]), tuple(sides[wiring.Out])


def to_verilog(dut: wiring.Component) -> str:
    """Verilog through Amaranth's back end; kept, since Yosys takes a second or more."""
    text = rtlil.convert(dut, name=TOP, emit_src=False)

    def make(folder: Path) -> None:
        (folder / "top.v").write_text(verilog.convert(dut, name=TOP, emit_src=False, strip_internal_attrs=True))

    return (cache.entry("verilog", cache.digest(amaranth.__version__, text), make) / "top.v").read_text()


def _to_bytes(payloads: Sequence[int], bits: int) -> np.ndarray:
    width, mask = (bits + 7) // 8, (1 << bits) - 1
    flat = b"".join((payload & mask).to_bytes(width, "little") for payload in payloads)
    return np.frombuffer(flat, np.uint8).reshape(-1, width)
