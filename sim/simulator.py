"""A design as the C++ driver sees it: which wires are its streams, how it is built, how one run of it starts."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from binloom.sim.failures import ProtocolError, Stuck
from binloom.toolchain import verilator
from binloom.toolchain.run import run

BROKEN, STUCK = 4, 3  # statuses of driver.cpp


@dataclass(frozen=True, slots=True)
class Port:
    """One stream at the boundary of a module: the names of its wires, the bits of a beat, the beats of a frame."""

    name: str
    bits: int
    payload: str
    valid: str
    ready: str
    last: str = ""
    beats: int = 1

    @property
    def bytes(self) -> int:
        return (self.bits + 7) // 8

    @classmethod
    def of(cls, name: str, bits: int, beats: int = 1) -> "Port":
        """A port named as Amaranth names the members of a stream."""
        return cls(name, bits, f"{name}__payload", f"{name}__valid", f"{name}__ready", beats=beats)


@dataclass(frozen=True, slots=True)
class Shell:
    """A module's boundary. One without a register has neither clock nor reset: their names are empty."""

    top: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    clock: str = "clk"
    reset: str = "rst"
    reset_active: int = 1

    def build(self, verilog: str, settings: verilator.Settings) -> Path:
        """The simulator of this module, out of the cache where it has been built before."""
        return verilator.build(verilog, self.top, glue(self), Path(__file__).parent, settings)


@dataclass(frozen=True, slots=True)
class Tap:
    """A stream inside the design: `name`_payload, `name`_valid and `name`_ready. `count` beats, from `first` on."""

    name: str
    bits: int
    first: int = 0
    count: int = 1 << 40


@dataclass(frozen=True, slots=True)
class Watch:
    """Streams inside the design around one op: its own, of so many `beats` a frame, and those that it reads."""

    name: str
    beats: int
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of a simulator does. Beats are uint8 arrays (n, bytes of a beat)."""

    inputs: Mapping[str, np.ndarray]
    counts: Mapping[str, int]
    stall: float = 0.0
    seed: int = 0
    limit: int = 0  # cycles in all, 0 for any number
    idle: int = 0  # cycles in which nothing moves at the boundary, 0 for any number
    taps: tuple[Tap, ...] = ()
    watches: tuple[Watch, ...] = ()
    wave: Path | None = None
    timeout: float = 3600.0
    loads: Mapping[str, np.ndarray] = field(default_factory=dict)  # inputs that pass before everything else


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out. Cycles are those of each frame's first input beat and of its last output beat.

    Of each watch a row a frame: the cycles of the first and the last beat, and how many cycles until then it waited.
    """

    beats: dict[str, np.ndarray]
    accepted: dict[str, np.ndarray]
    delivered: dict[str, np.ndarray]
    cycles: int
    taps: dict[str, np.ndarray] = field(default_factory=dict)
    watches: dict[str, np.ndarray] = field(default_factory=dict)


def glue(shell: Shell) -> str:
    """The C++ that hands a verilated module's wires to the driver."""

    def wire(name: str) -> str:
        return f"&top.{_mangle(name)}" if name else "&none"

    def stream(port: Port) -> str:
        wires = ", ".join(wire(name) for name in (port.payload, port.valid, port.ready))
        return f'{{"{port.name}", {port.bits}, {wires}, {wire(port.last) if port.last else "nullptr"}}}'

    return "\n".join(
        [
            '#include "Vtop.h"',
            '#include "driver.h"',
            "struct Glue final : Design {",
            "    Vtop top;",
            "    CData none = 0;",
            "    explicit Glue(VerilatedContext& context) : top(&context) {",
            f"        clock = {wire(shell.clock)};",
            f"        reset = {wire(shell.reset)};",
            f"        reset_active = {shell.reset_active};",
            f"        inputs = {{{', '.join(map(stream, shell.inputs))}}};",
            f"        outputs = {{{', '.join(map(stream, shell.outputs))}}};",
            "    }",
            "    ~Glue() override { top.final(); }",
            "    void eval() override { top.eval(); }",
            "#if VM_TRACE_FST",
            "    void trace(VerilatedFstC& wave) override { top.trace(&wave, 99); }",
            "#endif",
            "};",
            "std::unique_ptr<Design> make_design(VerilatedContext& context) {",
            "    return std::make_unique<Glue>(context);",
            "}",
            "",
        ]
    )


def launch(simulator: Path, shell: Shell, job: Job, on_frames: Callable[[int], None] | None = None) -> Outcome:
    """Run a simulator once. `on_frames` hears, now and then, how many frames are done.

    Raises Stuck on a dead-lock and ProtocolError where the design breaks the rules of streams.
    """
    with tempfile.TemporaryDirectory(prefix="binloom-") as name:
        folder = Path(name)
        for port, beats in (*job.inputs.items(), *job.loads.items()):
            beats.tofile(folder / f"{port}.in")
        (folder / "job").write_text(_describe(shell, job))

        def listen(line: str) -> None:
            if on_frames is not None and line.startswith("frames "):
                on_frames(int(line.split()[1]))

        result = run([simulator, "job"], cwd=folder, timeout=job.timeout, accept=(0, STUCK, BROKEN), on_line=listen)
        if job.wave is not None:
            job.wave.write_bytes((folder / "wave.fst").read_bytes())
        last = result.output.strip().rsplit("\n", 1)[-1]
        if result.status == STUCK:
            raise Stuck(last)
        if result.status == BROKEN:
            raise ProtocolError(last)
        width = {port.name: port.bytes for port in shell.outputs} | {tap.name: (tap.bits + 7) // 8 for tap in job.taps}
        return Outcome(
            {port: _beats(folder / f"{port}.out", width[port]) for port in job.counts},
            {port: np.fromfile(folder / f"{port}.accepted", np.int64) for port in job.inputs},
            {port: np.fromfile(folder / f"{port}.delivered", np.int64) for port in job.counts},
            int(last.split()[-1]),
            {tap.name: _beats(folder / f"{tap.name}.tap", width[tap.name]) for tap in job.taps},
            {watch.name: np.fromfile(folder / f"{watch.name}.watch", np.int64).reshape(-1, 3) for watch in job.watches},
        )


def _describe(shell: Shell, job: Job) -> str:
    ports = {port.name: port for port in (*shell.inputs, *shell.outputs)}
    lines: Sequence[str] = [
        f"stall {job.stall}",
        f"seed {job.seed}",
        f"limit {job.limit}",
        f"idle {job.idle}",
        *(f"load {name} {ports[name].beats} {name}.in {name}.accepted" for name in job.loads),
        *(f"input {name} {ports[name].beats} {name}.in {name}.accepted" for name in job.inputs),
        *(
            f"output {name} {ports[name].beats} {count} {name}.out {name}.delivered"
            for name, count in job.counts.items()
        ),
        *(f"tap {tap.name} {tap.bits} {tap.first} {tap.count} {tap.name}.tap" for tap in job.taps),
        *(" ".join(["watch", w.name, str(w.beats), f"{w.name}.watch", *w.inputs]) for w in job.watches),
        *(("wave wave.fst",) if job.wave is not None else ()),
    ]
    return "\n".join(lines) + "\n"


def _beats(path: Path, width: int) -> np.ndarray:
    return np.fromfile(path, np.uint8).reshape(-1, width)


def _mangle(name: str) -> str:
    """A Verilog name as Verilator spells it in C++: two underscores in a row mark what it has added itself."""
    return name.replace("__", "___05F")
