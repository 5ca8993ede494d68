"""From a wish to a plan: which number of cycles a frame to search for, and what to say where no plan will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import floor, inf, sqrt

import numpy as np

from binloom.compiler import cost
from binloom.compiler.design.design import Design, design, with_depths
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.design.planes import regions
from binloom.compiler.design.timing import Timing, predict
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Conv
from binloom.compiler.plan.between import CLOSE, SLOWEST, Between
from binloom.compiler.plan.budget import Budget, vector
from binloom.compiler.plan.choices import Space
from binloom.compiler.plan.default import default_cycles
from binloom.compiler.plan.folds import Rates
from binloom.compiler.plan.goal import Goal
from binloom.compiler.plan.search import TIMED_WIDTHS, WIDTHS, search
from binloom.compiler.plan.wish import Wish
from binloom.compiler.plan.workshop import Workshop
from binloom.compiler.targets.area import Area, placed
from binloom.compiler.targets.device import Device

ROUNDS = 6  # of correcting what the search estimates by what the whole design turns out to be
NEAR = 1.02  # a clock so near to the one that a plan was made for is worth no other plan
ROUGHLY = 1.1  # two latencies that are worth no further search between them where roughly will do
LEVELS = 5  # of faster folds, each twice as fast, that a bound on the latency calls for
KEPT = 4  # orders of planes that are looked at again, of those that did best at first
LUTS = 4  # about what a product of bits a cycle takes, with all that is around it: where to begin


@dataclass(frozen=True)
class Planned:
    """A plan for a device, and what the models say of it.

    `areas` are of each node's blocks, with the FIFOs, cuts and forks at its streams; `aside` is what is left beside
    them for others. `gap` says by how much its share of the device may lie above the least there is, as a part of it: 0
    where none is better.
    """

    design: Design
    device: Device
    timing: Timing
    clock: float
    areas: Mapping[str, Area]
    gap: float = 0.0
    aside: Area = field(default_factory=Area)

    @property
    def plan(self) -> Plan:
        return self.design.plan

    @cached_property
    def area(self) -> Area:
        return sum(self.areas.values(), Area())

    @property
    def fps(self) -> float:
        return 1e6 * self.clock / self.timing.cycles

    @property
    def latency(self) -> float:
        """In seconds, to the last beat of the last output."""
        return max(self.timing.last.values()) / (1e6 * self.clock)

    def shares(self) -> dict[str, float]:
        """Of each resource that the device has, the part that the plan takes, with what is left for others."""
        has, whole = Budget.of(self.device).has, self.area + self.aside
        return {what: getattr(whole, what) / count for what, count in has.items() if count}


def measured(graph: Graph, plan: Plan, device: Device, clock: float | None = None, gap: float = 0.0) -> Planned:
    """What the models say of a plan; FIFO depths are worked out where the plan has none."""
    made = design(graph, with_depths(graph, plan))
    areas = cost.node_areas(made, device)
    clock = clock or cost.clock_of(sum(areas.values(), Area()), device)
    areas = {name: placed(area, device.family) for name, area in areas.items()}
    return Planned(made, device, predict(made.netlist, made.units), clock, areas, gap)


def applied(graph: Graph, plan: Plan, device: Device, clock: float | None = None) -> Planned:
    """A plan that somebody gives, with what the models say of it. InputError where it breaks a rule."""
    try:
        return measured(graph, plan, device, clock)
    except InputError as error:
        if not plan.depths or "FIFO" not in str(error):
            raise
        raise InputError(str(error), "or leave [fifos] out, and they are worked out again") from None


def orders(graph: Graph) -> list[dict[str, int]]:
    """The planes of nodes that are worth a search: all in one, or a region of depthwise convolutions in several."""
    found: list[dict[str, int]] = [{}]
    for region in regions(graph):
        convolutions = [op for name in region.nodes if isinstance(op := graph.by_name[name].op, Conv)]
        if len(convolutions) > 1 or convolutions[0].groups > 1:
            found += [dict.fromkeys(region.nodes, count) for count in region.counts]
    return found


class Planner:
    """Plans of one graph on one device for one wish. `rough`: near the best, in bounded time, will do."""

    def __init__(
        self,
        graph: Graph,
        device: Device,
        wish: Wish,
        on_step: Callable[[str], None] | None = None,
        *,
        rough: bool = False,
    ) -> None:
        self.graph, self.device, self.wish = graph, device, wish
        self.close = ROUGHLY if rough else CLOSE
        self.rough = rough
        self.shop, self.budget = Workshop(device), wish.budget(device)
        self.tell = on_step or (lambda step: None)
        self.clock = wish.clock or cost.clock_of(Area(lut=device.luts // 3), device)
        self.stuck = ""
        self._tried: dict[tuple, Planned | None] = {}
        self._spaces: dict[tuple, Space] = {}
        self.orders = orders(graph)

    def found(self) -> Planned | None:
        """The plan that the wish asks for; None where there is none."""
        if self.wish.shortest:
            return self._shortest()
        if self.wish.fit:
            return self._fastest()
        return self._frugal()

    def _frugal(self) -> Planned | None:
        """The least that reaches the frames a second and the latency."""
        best: Planned | None = None
        for lower in range(ROUNDS):
            clock = self.clock
            made = self._answering(self._cycles(clock), clock)
            if made is None and not lower and not self.wish.clock:
                # Too fast for the clock of a device that is a third full; an emptier one has a higher.
                self.clock = cost.clock_of(Area(), self.device)
                continue
            if made is None:
                return best
            if self.reaches(made) and (best is None or self._worth(made) < self._worth(best)):
                best = made
            if made.clock == clock or (best is made and made.clock < clock * NEAR):
                break
            # A plan for a lower clock is larger, and its clock lower still.
            self.clock = made.clock * (1 if best else 0.995**lower)
        return best

    def _cycles(self, clock: float) -> int:
        """The most cycles a frame that the wish leaves: no op can take longer than the whole latency."""
        times = [1 / self.wish.fps if self.wish.fps else inf, self.wish.latency or inf]
        return min(SLOWEST, floor(min(SLOWEST, 1e6 * clock * min(times))))

    def reaches(self, made: Planned) -> bool:
        slow = self.wish.fps and made.fps < self.wish.fps
        late = self.wish.latency and made.latency > self.wish.latency
        return not slow and not late and self._fits(made)

    def _fits(self, made: Planned) -> bool:
        return bool((self.budget.shares(vector(made.area)) <= 1).all())

    def _worth(self, made: Planned) -> float:
        return float(self._goal(self.budget).value(vector(made.area)[None])[0])

    def _goal(self, budget: Budget) -> Goal:
        return Goal(budget.limits, "lut" if self.wish.smallest else None)

    def _fastest(self) -> Planned | None:
        """The most frames a second that fit: between a number of cycles that is too small and one that will do."""
        between = Between(default_cycles(self.graph, max(1, int(self.budget.spend["lut"]) // LUTS)))
        best: Planned | None = None
        while (cycles := between.next()) is not None:
            made = self._answering(cycles, self.clock)
            share = inf if made is None else float(self.budget.shares(vector(made.area)).max())
            if made is None or not self.reaches(made):
                between.small(cycles, share)
            else:
                between.enough(min(cycles, made.timing.cycles), share)
                best = made if best is None else max(best, made, key=lambda plan: plan.fps)
        return best

    def _answering(self, cycles: int, clock: float) -> Planned | None:
        """The least that keeps up, in time where there is a bound on the latency: often the least of all is."""
        made = self.at(cycles)
        if made is None or not self.wish.latency or made.latency <= self.wish.latency:
            return made
        return self.at(cycles, 1e6 * clock * self.wish.latency)

    def _shortest(self) -> Planned | None:
        """The shortest latency that fits, at the frames a second asked for, else at a quarter of the most that fit."""
        fastest = self._fastest()
        if fastest is None or (self.wish.fps and fastest.fps < self.wish.fps):
            return None
        self.clock = fastest.clock
        cycles = 4 * fastest.timing.cycles
        if self.wish.fps:
            cycles = min(cycles, self._cycles(self.clock))
        balanced = self._in_time(cycles, float(SLOWEST))
        best = min(filter(None, (balanced, fastest)), key=lambda plan: plan.latency)
        low = 0.0
        while (high := float(max(best.timing.last.values()))) > self.close * low:
            made = self._in_time(cycles, horizon := (0.6 * high if not low else sqrt(low * high)))
            if made is None:
                low = horizon
            else:
                best = made
        return best

    def _in_time(self, cycles: int, horizon: float) -> Planned | None:
        made = self.at(cycles, horizon)
        slow = made is not None and self.wish.fps and made.fps < self.wish.fps
        return None if made is None or slow or not self._fits(made) else made

    def at(self, cycles: int, horizon: float = inf) -> Planned | None:
        """The least that keeps up with so many cycles a frame, and answers within `horizon` cycles."""
        if cycles < 1:
            return None
        key = (cycles, horizon)
        if key not in self._tried:
            self._tried[key] = self._at(cycles, horizon)
        return self._tried[key]

    def _at(self, cycles: int, horizon: float) -> Planned | None:
        self.tell(f"searching for {cycles:,} cycles a frame")
        self.stuck = ""
        made = [(self._in_order(order, cycles, horizon), order) for order in self.orders]
        ranked = sorted(
            ((plan, order) for plan, order in made if plan is not None), key=lambda pair: self._worth(pair[0])
        )
        if len(ranked) > KEPT:
            self.orders = [order for _, order in ranked[:KEPT]]
        return ranked[0][0] if ranked else None

    def _in_order(self, order: Mapping[str, int], cycles: int, horizon: float) -> Planned | None:
        made = self._searched(self._space(order, cycles, horizon < inf), cycles, horizon)
        if made is not None and made.timing.cycles > cycles:
            made = self._searched(self._space(order, cycles, horizon < inf, exact=True), cycles, horizon)
        return made

    def _searched(self, space: Space, cycles: int, horizon: float) -> Planned | None:
        if space.stuck is not None:
            self.stuck = self.stuck or space.stuck
            return None
        best: Planned | None = None
        aimed, budget = horizon, self.budget
        wide = WIDTHS if horizon == inf else TIMED_WIDTHS
        # Where to aim at for the whole to be in time is found in narrow searches; then a wider one is worth it.
        widths = wide[:1] if self.rough or horizon < inf else wide
        for _ in range(ROUNDS):
            wider = () if self.rough or widths == wide else wide
            found = search(space, self._goal(budget), aimed, widths)
            if found is None:
                if best is not None or not wider:
                    break
                widths = wider
                continue
            made = self._measured(found.folds, cycles, found.value / max(found.bound, 1e-9) - 1)
            late = max(made.timing.last.values()) / horizon
            over = vector(made.area) - found.area
            if late <= 1 and (best is None or self._worth(made) < self._worth(best)):
                best = made
            if late > 1 and best is None:
                aimed *= min(0.98, 1 / late)
            elif late <= 1 and not self._fits(made) and (self.budget.shares(found.area) <= 1).all():
                budget = self.budget.less(np.maximum(over, 0))
            elif late <= 1 and wider:
                widths = wider
            else:
                break
        return best

    def _space(self, order: Mapping[str, int], cycles: int, timed: bool, *, exact: bool = False) -> Space:
        key = (tuple(order.items()), cycles, timed, exact)
        if key not in self._spaces:
            steps = dict.fromkeys(max(1, cycles >> level) for level in range(LEVELS if timed else 1))
            storages = ("logic", "rom", "ram") if self.device.loaded else ("logic", "rom")
            self.shop.clear()
            self._spaces[key] = Space(
                self.graph, self.shop, Rates(tuple(steps), storages), order, timed=timed, exact=exact
            )
        return self._spaces[key]

    def _measured(self, folds: Mapping[str, Fold], cycles: int, gap: float) -> Planned:
        made = measured(self.graph, Plan(folds, {}, cycles), self.device, self.wish.clock, gap)
        return replace(made, aside=self.wish.aside)
