"""What to say to a wish that no plan fulfils: the nearest that can be had, and what stands in the way."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor, inf, log10

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.between import SLOWEST
from binloom.compiler.plan.budget import RESOURCES, Budget, vector
from binloom.compiler.plan.planner import Planned, Planner
from binloom.compiler.plan.wish import SHARE, Wish
from binloom.compiler.targets.device import Device

FULL = 0.7  # of a budget: whoever takes so much of it could use more
OFF = 1.25  # times the clock that is expected: what a build has been measured to reach (docs/cost.md)


def plan_for(graph: Graph, device: Device, wish: Wish, on_step: Callable[[str], None] | None = None) -> Planned:
    """The plan that a wish asks for. InputError where there is none, with the nearest that there is."""
    planner = Planner(graph, device, wish, on_step)
    made = planner.found()
    if made is not None:
        return made
    prompt = _promptest(planner) if wish.latency else None
    if prompt is not None and planner.reaches(prompt):
        return replace(prompt, gap=inf)  # whoever aims at the least latency may find what is in time, if not the least
    raise refusal(planner, prompt)


def refusal(planner: Planner, prompt: Planned | None) -> InputError:
    """The answer to the wish of a planner that has found no plan; `prompt` is the one with the shortest latency."""
    wish = planner.wish
    if prompt is not None:
        return _late(planner, prompt)
    if wish.fps:
        nearest = _again(
            planner, replace(wish, fps=None, latency=None, shortest=False, smallest=False, fit=1.0)
        ).found()
        if nearest is not None:
            return _slow(planner, nearest)
    return _large(planner)


def _promptest(planner: Planner) -> Planned | None:
    """The plan with the shortest latency, or one in any time where that search finds none."""
    wish = planner.wish
    shortest = _again(planner, replace(wish, latency=None, shortest=True, smallest=False)).found()
    goal: dict = {} if wish.fps or wish.fit or wish.smallest else {"fit": 1.0}
    return shortest or _again(planner, replace(wish, latency=None, **goal)).found()


def _again(planner: Planner, wish: Wish) -> Planner:
    return Planner(planner.graph, planner.device, wish, planner.tell, rough=bool(planner.wish.latency))


def _late(planner: Planner, made: Planned) -> InputError:
    wish = planner.wish
    assert wish.latency is not None
    rate = f" at {wish.fps:,.0f} frames a second" if wish.fps else ""
    why = _most_taken(made, planner.budget)
    if max(planner.budget.shares(vector(made.area))) < FULL:
        node = made.design.node_of(made.timing.bottleneck)
        why = f"a frame alone keeps {node} busy for {made.timing.cycles:,} cycles, at {made.clock:.1f} MHz"
    return InputError(
        f"a latency of {_time(wish.latency)}{rate} cannot be had, for {why}",
        f"the shortest is {_time(made.latency)} ({_option(made.latency)})",
    )


def _slow(planner: Planner, nearest: Planned) -> InputError:
    wish = planner.wish
    assert wish.fps is not None
    cycles = int(1e6 * nearest.clock / wish.fps)
    wanted = planner.at(cycles) if cycles else None
    most = _digits(nearest.fps, floor)
    least = f"the most are {float(most):,.15g} (--fps {most})"
    if wanted is None:
        node, taken = nearest.design.node_of(nearest.timing.bottleneck), nearest.timing.cycles
        why = f"{node} takes {taken:,} cycles a frame in its fastest fold, at {nearest.clock:.1f} MHz"
        clock = ceil(10 * 1e-6 * taken * wish.fps) / 10
        if not wish.clock and clock <= OFF * nearest.clock:
            why = (
                f"{node} takes {taken:,} cycles a frame in its fastest fold, which asks for a clock of {clock:.1f} MHz "
                f"where {nearest.clock:.1f} are expected"
            )
            least += f", or count on the clock that `binloom build` has reached (--clock {clock:.1f})"
    else:
        why = _most_taken(wanted, planner.budget)
    return InputError(f"{wish.fps:,.0f} frames a second cannot be had, for {why}", least)


def _large(planner: Planner) -> InputError:
    """Not even the slowest plan fits."""
    spent = planner.wish.fit or (SHARE if planner.wish.shortest else 1.0)
    any_rate = Wish(fit=spent, clock=planner.clock, bounds=planner.wish.bounds, aside=planner.wish.aside)
    least = _again(planner, any_rate).at(SLOWEST)
    if least is None:
        return InputError(f"there is no plan for this network on a {planner.device.name}")
    why = _most_taken(least, planner.budget)
    larger = "spend more of the device, or " if planner.wish.bounds or spent < 1 else ""
    return InputError(f"no plan fits, however slow: {why}", f"{larger}give a larger device, or a smaller network")


def _most_taken(made: Planned, budget: Budget) -> str:
    """Of what a plan takes the largest share, and which op takes most of it."""
    shares = {what: getattr(made.area, what) / max(budget.spend[what], 1e-9) for what in RESOURCES}
    what = max(shares, key=shares.__getitem__)
    op = max(made.areas, key=lambda name: getattr(made.areas[name], what))
    taken, has = getattr(made.areas[op], what), budget.spend[what]
    return (
        f"it takes {getattr(made.area, what):,} of the {has:,.0f} {RESOURCES[what]} there are to spend, "
        f"{taken:,} of them for {op}"
    )


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} us"


def _option(seconds: float) -> str:
    return f"--latency {_digits(1e6 * seconds, ceil)}us"


def _digits(value: float, towards: Callable[[float], int]) -> str:
    """A whole number, or of a small one four digits, rounded to the side on which the wish can be had."""
    scale = 10.0 ** max(0, 3 - floor(log10(value)))
    return f"{towards(value * scale) / scale:.15g}"
