"""What the compiler predicts that a model will take and do on a board, before there is any hardware."""

from collections.abc import Mapping
from dataclasses import dataclass

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.budget import RESOURCES, Budget
from binloom.compiler.plan.default import default_plan
from binloom.compiler.plan.planner import Planned, measured
from binloom.compiler.plan.refusal import plan_for
from binloom.compiler.plan.wish import SHARE, Wish
from binloom.compiler.targets.boards import board
from binloom.compiler.targets.device import Device
from binloom.compiler.targets.devices import DEVICES


@dataclass(frozen=True, slots=True)
class Hardware:
    """Figures of the cost model for one board or device; `problem` says why there are none.

    `takes` and `has` count what `compiler/plan/budget.py` calls resources. `folds` says what was chosen: the default of
    `binloom compile`, or as many frames a second as fit.
    """

    target: str
    folds: str
    takes: Mapping[str, int]
    has: Mapping[str, int]
    cycles: int = 0  # a frame
    clock: float = 0.0  # MHz
    latency: float = 0.0  # seconds
    problem: str = ""

    @property
    def fps(self) -> float:
        return 1e6 * self.clock / self.cycles if self.cycles else 0.0

    @property
    def fits(self) -> bool:
        return not self.problem and all(count <= self.has[what] for what, count in self.takes.items())

    @property
    def speed(self) -> str:
        """In words."""
        if not self.fits:
            return "does not fit"
        rate = f"{self.cycles:,} cycles a frame at {self.clock:.1f} MHz, {self.fps:,.0f} frames a second"
        return f"{rate}, latency {1e6 * self.latency:,.1f} us"

    def __str__(self) -> str:
        if self.problem:
            return f"{self.target}: {self.problem}"
        counts = ", ".join(
            f"{count:,} of {self.has[what]:,} {RESOURCES[what]}" for what, count in self.takes.items() if count
        )
        return f"{self.target}: {counts}; {self.speed} ({self.folds})"


def target_named(name: str) -> Device:
    """The device on a board, or the device itself, by name. InputError lists the boards."""
    return DEVICES[name] if name in DEVICES else board(name)


def predicted(graph: Graph, target: str, *, search: bool = False) -> Hardware:
    """What the cost model says of an integer graph on a board or device.

    Of the folds that `binloom compile` takes by itself, in a moment; or, with `search`, of those that bring the most
    frames a second in 80% of the device, as `binloom plan --fit` finds them.
    """
    chip = target_named(target)
    folds = f"the most that fits into {SHARE:.0%}" if search else "default folds"
    has = Budget.of(chip).has
    try:
        made = plan_for(graph, chip, Wish(fit=SHARE)) if search else measured(graph, default_plan(graph), chip)
    except InputError as error:
        return Hardware(target, folds, {}, has, problem=str(error))
    return _of(made, target, folds, has)


def _of(made: Planned, target: str, folds: str, has: Mapping[str, int]) -> Hardware:
    takes = {what: getattr(made.area, what) for what in RESOURCES}
    return Hardware(target, folds, takes, has, made.timing.cycles, made.clock, made.latency)
