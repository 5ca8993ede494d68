"""A compiled model in its folder, and what can be done with it: plan, prove, build, talk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from binloom.boards.bitstream import BAUD, bitstream
from binloom.boards.board import UART
from binloom.boards.flash import Flashed, flash
from binloom.boards.room import room_for_link
from binloom.boards.table import board as board_named
from binloom.compiler import build as _build
from binloom.compiler.errors import InputError
from binloom.compiler.implement.estimate import estimate
from binloom.compiler.implement.implement import implement
from binloom.compiler.implement.place import Effort
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.images import fitted
from binloom.compiler.npz import Archive
from binloom.compiler.places import check_file
from binloom.compiler.plan import plan_file
from binloom.compiler.plan.planner import Planned, applied
from binloom.compiler.plan.refusal import plan_for
from binloom.compiler.plan.summary import head, notes
from binloom.compiler.plan.wish import Bound, Wish, check_clock
from binloom.compiler.replan import replan, unapplied
from binloom.compiler.targets import boards
from binloom.compiler.targets import device as targets
from binloom.compiler.targets.area import Area
from binloom.number import SEEDS, shown
from binloom.sim import golden, record
from binloom.sim.cocotb_bench import verify_by_bench, write_bench
from binloom.sim.demo.clock import clock_for
from binloom.sim.demo.server import Server
from binloom.sim.demo.subject import Subject
from binloom.sim.demo.telling import told_of
from binloom.sim.golden import Evaluation
from binloom.sim.images import random_images
from binloom.sim.netlist import of_build
from binloom.sim.report import found_by, write_report
from binloom.sim.verify import Progress, Verification, verify

if TYPE_CHECKING:
    from binloom.boards import Device

IMAGES = 20  # that a verification takes unless told
NETLIST_IMAGES = 3
SAMPLES = 60  # images of a data set that the demo's page offers
FRAMES = 4  # by which the demo measures cycles a frame


@dataclass(frozen=True)
class Build:
    """A compiled model in its folder."""

    dir: Path
    graph: Graph
    manifest: Mapping

    @property
    def verilog(self) -> Path:
        """The Verilog file."""
        return self.dir / f"{self.manifest['name']}.v"

    @property
    def plan_file(self) -> Path:
        """The plan that a user may edit; there once a plan was asked for."""
        return self.dir / _build.PLAN

    def plan(
        self,
        *,
        board: str | None = None,
        device: str | None = None,
        fps: float | None = None,
        latency: float | None = None,
        shortest: bool = False,
        fit: float | None = None,
        smallest: bool = False,
        clock: float | None = None,
        bounds: Mapping[str, Bound] | None = None,
        link: str | None = None,
        plan: Path | str | None = None,
        dry_run: bool = False,
        on_step: Callable[[str], None] | None = None,
    ) -> tuple["Build", Planned]:
        """Choose folds for a board or device and a wish (`Wish` says what can be wished), and write the build anew.

        On a board, room is left for its link, "uart" unless `link` says "spi"; a device is the network's alone.
        With `plan`, apply that plan.toml instead; board or device may then be the file's. Gives the build as it is now
        and the plan with what is predicted of it. InputError, and nothing written, where the wish cannot be had.
        """
        if link is not None and (board is None or plan is not None):
            raise InputError("a link is of a board that is planned for", "leave it out, or name a board and a wish")
        if link is not None and board is not None:
            board_named(board, link)  # which has such a link
        if plan is None:
            asked = (board, device)
            aside = room_for_link(self.graph, boards.board(board), link or UART) if board else Area()
            wish = Wish(fps, latency, shortest, fit, smallest, clock, bounds or {}, aside)
        elif fps or latency or shortest or fit or smallest or bounds:
            raise InputError("a plan from a file leaves nothing to wish for", "give the file, or what to reach")
        else:
            check_clock(clock)
            read = plan_file.read(Path(plan))
            asked = (board, device) if board or device else (read.board, read.device)
        if not any(asked):
            raise InputError("nothing says what to plan for", "give a board or a device")
        target = asked[0] or asked[1] or ""
        chip = boards.board(target) if asked[0] else boards.device(target)
        if not dry_run:
            _build.check_target(self.dir.resolve())
            self._keep_edits(plan)
        made = (
            plan_for(self.graph, chip, wish, on_step) if plan is None else applied(self.graph, read.plan, chip, clock)
        )
        if dry_run:
            return self, made
        words = "from a file" if plan is not None else str(wish)
        text = plan_file.write(
            made.plan, board=asked[0], device=asked[1], head=head(made, target, words), notes=notes(made)
        )
        new = replan(_build.Build.load(self.dir), made.design, text, extra_writers=[write_bench], on_step=on_step)
        return Build(new.dir, new.graph, new.manifest), made

    def _keep_edits(self, plan: Path | str | None) -> None:
        """InputError where a plan.toml that a user has edited would be overwritten, unless it is what is applied."""
        own = plan is not None and Path(plan).resolve() == self.plan_file.resolve()
        if not own and self.unapplied() is not None:
            raise InputError(
                f"{self.plan_file} was edited and not applied, and would be overwritten",
                f"apply it (`binloom plan {self.dir} --plan {self.plan_file}`), or move it elsewhere",
            )

    def unapplied(self) -> str | None:
        """One line where plan.toml does not say what was compiled."""
        return unapplied(_build.Build.load(self.dir))

    def evaluate(
        self, x: np.ndarray, y: np.ndarray | None = None, *, progress: golden.Progress | None = None
    ) -> Evaluation:
        """Classes and logits of images, and how many are right, by the golden model."""
        return golden.evaluate(self.graph, fitted(self.graph, x), y, progress=progress)

    def verify(
        self,
        images: np.ndarray | None = None,
        *,
        seed: int = 1,
        driver: Literal["cpp", "cocotb"] = "cpp",
        waves: Path | str | None = None,
        netlist: targets.Device | None = None,
        source: str = "",
        progress: Progress | None = None,
    ) -> Verification:
        """Hold the Verilog against the golden model in Verilator, on these images or, without any, on its own.

        `source` says in the report whose images they are; `waves` names an FST file. With `netlist`, what runs is what
        yosys makes of the network for that device.
        """
        if seed not in SEEDS:
            raise InputError(f"seed must be a whole number from 0 to {SEEDS[-1]}, got {shown(seed)}")
        if images is None:
            images, source = self.own_images(NETLIST_IMAGES if netlist else IMAGES, seed)
        images = fitted(self.graph, images)
        source = source or "given"
        if waves is not None:
            check_file(Path(waves), "FST waves")
        if driver == "cocotb":
            if waves is not None:
                raise InputError("the cocotb driver writes no waves", "leave --driver cocotb out")
            if netlist is not None:
                raise InputError("the cocotb driver runs no netlist", "leave --driver cocotb out")
            return verify_by_bench(
                self.dir,
                self.graph,
                self.manifest,
                images,
                source=source,
                seed=seed,
                load=self.load_image,
                progress=progress,
            )
        verilog = self.verilog.read_text()
        if netlist is not None and progress is not None:
            progress("synthesis", 0, 0)
        return verify(
            self.graph,
            self.manifest,
            verilog,
            images,
            source=source,
            seed=seed,
            waves=None if waves is None else Path(waves),
            netlist=None if netlist is None else of_build(self.graph, self.manifest, netlist),
            load=self.load_image,
            progress=progress,
        )

    @property
    def load_image(self) -> np.ndarray:
        """The words that the hardware has to be sent at boot, as uint16; none where all weights are built in."""
        return _build.load_image(self.dir, self.manifest)

    def own_images(self, count: int, seed: int = 1) -> tuple[np.ndarray, str]:
        """The frames of the build's test vectors, then random ones, and words for that."""
        with Archive(self.dir / "vectors" / "vectors.npz") as archive:
            own = archive.read(self.graph.inputs[0].name, count)
        rest = count - len(own)
        if not rest:
            return own, "the build's own vectors"
        return np.concatenate([own, random_images(self.graph, rest, seed)]), f"{len(own)} of the build, {rest} random"

    def report(self, result: Verification) -> Path:
        """Write report.json and report.html into the build; gives the place of the latter."""
        return write_report(
            self.dir, self.manifest, **{"netlist" if result.netlist else "verification": found_by(result)}
        )[1]

    def implement(
        self,
        device: targets.Device,
        target: str = "",
        *,
        seeds: int = 3,
        jobs: int = 1,
        freq: float = 100.0,
        timeout: float = 3600.0,
        placer: str = "",
        on_step: Callable[[str], None] | None = None,
    ) -> tuple[dict, Path]:
        """Synthesise, place and route it out of context; gives what report.json then holds, and where the page is.

        `target` is how the report calls the device: a board's name. `freq` in MHz, `timeout` in seconds for each run.
        """
        effort = Effort(range(1, seeds + 1), jobs, timeout, on_step or (lambda step: None), placer)
        made = implement(self.dir, self.graph, self.manifest, device, target or device.name, freq=freq, effort=effort)
        said = estimate(self.graph, self.manifest, made.device, made.target)
        return write_report(self.dir, self.manifest, estimate=said, routed=made.to_dict())

    def bitstream(
        self,
        board: str,
        *,
        freq: float | None = None,
        line: str = UART,
        baud: int = BAUD,
        seeds: int = 3,
        jobs: int = 1,
        timeout: float = 3600.0,
        placer: str = "",
        on_step: Callable[[str], None] | None = None,
    ) -> tuple[dict, Path]:
        """Make a bitstream for a board; gives what report.json then holds, and where the page is.

        With `freq` in MHz that is the clock, else the highest that is met. Where it is not met there is no bitstream:
        report["routed"]["bitstream"] is None. `line` is "uart", of so many `baud`, or "spi". `timeout` is in seconds
        for each run of a tool.
        """
        effort = Effort(range(1, seeds + 1), jobs, timeout, on_step or (lambda step: None), placer)
        made = bitstream(
            self.dir,
            self.graph,
            self.manifest,
            board_named(board, line),
            freq=freq,
            line=line,
            baud=baud,
            effort=effort,
        )
        said = estimate(self.graph, self.manifest, made.device, made.target)
        return write_report(self.dir, self.manifest, estimate=said, routed=made.to_dict())

    def demo(
        self,
        *,
        data: Path | str | None = None,
        board: str | None = None,
        clock: float | None = None,
        port: int = 0,
        on_step: Callable[[str], None] | None = None,
    ) -> Server:
        """A local page to draw on, that shows what each layer computes in Verilator. Its server is bound, and runs with
        `serve_forever`.

        `data` is an .npz whose first images can be picked. Cycles become time by the clock that place and route found
        for `board` or for what was built last, else by what is predicted for it, else by `clock` in MHz.
        """
        tell = on_step or (lambda step: None)
        images, labels = (
            (None, None) if data is None else golden.load_dataset(data, self.graph, images=SAMPLES, labels=False)
        )
        subject = Subject(self.graph, self.manifest, self.verilog.read_text(), self.load_image)
        time = clock_for(self.graph, self.manifest, record.read(self.dir), board, clock)
        tell("building the simulator")
        cycles = subject.measure(self.own_images(FRAMES)[0])
        return Server(subject, told_of(subject, time, cycles, images, labels), port)

    def device(self, port: str, *, baud: int | None = None, note: Callable[[str], None] | None = None) -> "Device":
        """The board on a serial port that carries this build; on the port "sim", a simulated one. See `Device`."""
        from binloom.boards import Device

        return Device(port, _build.Build.load(self.dir), baud=baud, note=note)

    def flash(self, *, keep: bool = False) -> Flashed:
        """Write the bitstream that was made last to its board; with `keep` into the flash, from which it starts.

        InputError where there is none, ToolError where no board is connected or openFPGALoader is missing.
        """
        return flash(self.dir, keep=keep)
