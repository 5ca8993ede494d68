"""What a user asks of a plan: what it must reach, what it may take, and what of the rest is to be best."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from binloom.compiler.errors import InputError
from binloom.compiler.plan.budget import RESOURCES, Budget, vector
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device

SHARE = 0.8  # of every resource, for the fastest plan that fits
LONGEST = 20  # letters of a bound
RATES = (1e-6, 1e12)  # frames a second that can be meant
CLOCKS = (1e-3, 1e5)  # MHz that can be meant
BOUND = re.compile(r"(\d+(?:\.\d*)?)(%?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of cells, or a part of those that the device has."""

    amount: float
    relative: bool = False

    @classmethod
    def of(cls, text: str) -> "Bound":
        """`5000` or `40%`, or `0` for none; ValueError for anything else."""
        found = BOUND.fullmatch(text.strip())
        if found is None or len(text) > LONGEST:
            raise ValueError(f"{text!r} is no number and no percentage")
        relative = bool(found[2])
        return cls(float(found[1]) / (100 if relative else 1), relative)

    def count(self, has: int) -> float:
        return self.amount * has if self.relative else self.amount


@dataclass(frozen=True, slots=True)
class Wish:
    """What to reach and what to spend.

    fps: frames a second, at least. latency: seconds from a frame's first beat in to its last out, at most.
    shortest: as short a latency as fits. fit: as many frames a second as fit into that share of every resource.
    smallest: the fewest LUTs, however slow; with `fps` or `latency`, the fewest that reach these.
    clock: in MHz, instead of the one that the cost model expects. bounds: of "lut", "ff", "bram" and "dsp". aside: what
    is left for others beside the network, of the shares of the device and not of the bounds.

    A wish without `fit`, `shortest` and `smallest` is for the least share of the device.
    """

    fps: float | None = None
    latency: float | None = None
    shortest: bool = False
    fit: float | None = None
    smallest: bool = False
    clock: float | None = None
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    aside: Area = field(default_factory=Area)

    def __post_init__(self) -> None:
        if not (self.fps or self.latency or self.shortest or self.fit or self.smallest):
            raise InputError(
                "nothing says what the plan is to reach",
                "give frames a second (--fps), a latency (--latency), the fastest that fits (--fit) or --smallest",
            )
        if self.fit is not None and not 0 < self.fit <= 1:
            raise InputError(f"the share to fit into must be above 0% and at most 100%, got {100 * self.fit:g}%")
        for one, two in (("fps", "fit"), ("fit", "smallest"), ("shortest", "smallest"), ("shortest", "latency")):
            if getattr(self, one) and getattr(self, two) and not (one == "fit" and self.shortest):
                raise InputError(f"{WORDS[one]} and {WORDS[two]} cannot both be had", "give one of the two")
        if self.latency is not None and not 0 < self.latency < float("inf"):
            raise InputError(f"a latency must be a number above 0, got {self.latency!r}")
        if self.fps is not None and not RATES[0] <= self.fps <= RATES[1]:
            raise InputError(f"frames a second must be a number from {RATES[0]:g} to {RATES[1]:g}, got {self.fps!r}")
        check_clock(self.clock)
        if unknown := sorted(set(self.bounds) - set(RESOURCES)):
            raise InputError(f"{unknown[0]!r} is not one of {', '.join(RESOURCES)}")

    def __str__(self) -> str:
        words = [f"{self.fps:,g} frames a second" if self.fps else ""]
        words += [f"a latency of {1e6 * self.latency:,g} us" if self.latency else ""]
        words += ["the shortest latency" if self.shortest else "", "the fewest LUTs" if self.smallest else ""]
        words += [f"what fits into {self.fit:.0%}" if self.fit else ""]
        bounds = (f"{bound.amount:.0%}" if bound.relative else f"{bound.amount:,g}" for bound in self.bounds.values())
        words += [f"at most {count} {RESOURCES[what]}" for what, count in zip(self.bounds, bounds, strict=True)]
        words += [f"{self.clock:g} MHz" if self.clock else "", "room for a link" if self.aside != Area() else ""]
        return ", ".join(filter(None, words))

    def budget(self, device: Device) -> Budget:
        """What there is to spend of a device."""
        share = self.fit or (SHARE if self.shortest else 1.0)
        has, left = Budget.of(device).has, Budget.of(device, share).less(vector(self.aside)).spend
        bounds = {what: bound.count(has[what]) for what, bound in self.bounds.items()}
        return Budget(has, {what: min(count, bounds.get(what, count)) for what, count in left.items()})


def check_clock(clock: float | None) -> None:
    """InputError for a clock that nobody can mean."""
    if clock is not None and not CLOCKS[0] <= clock <= CLOCKS[1]:
        raise InputError(f"a clock must be a number of MHz from {CLOCKS[0]:g} to {CLOCKS[1]:g}, got {clock!r}")


WORDS = {
    "fps": "a number of frames a second",
    "fit": "the most frames a second that fit",
    "smallest": "the smallest plan",
    "shortest": "the shortest latency",
    "latency": "a bound on the latency",
}
