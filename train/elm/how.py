"""What an extreme learning machine is trained with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from binloom.compiler.errors import InputError
from binloom.train.limits import demand, demand_effect

SEARCHES = ("random", "climb", "genetic")


@dataclass(frozen=True, slots=True)
class Elm:
    """`trials` of kernels, of which the best is kept, by a `search` that is random, climb or genetic, as `judges`
    training images say. `c` weighs the data against small weights. Without `epochs` of Adam ridge regression has the
    last word.

    `rate`, `batch` and `decay` (of weights, as AdamW has it) are Adam's; `bits` is what a weight of the dense layer
    has in the end. Training images are moved by up to `shifts` pixels each way, and with `mirror` also turned from
    left to right. With `even` every image counts as much as the others, however little contrast it has.
    """

    trials: int = 1
    search: str = "random"
    judges: int = 2_000
    shifts: int = 0
    mirror: bool = False
    even: bool = False
    c: float = 300.0
    epochs: int = 0
    rate: float = 2e-4
    decay: float = 0.0
    batch: int = 250
    bits: int = 8

    def __post_init__(self) -> None:
        demand(self)
        if self.search not in SEARCHES:
            raise InputError(f"search is {self.search!r}", f"give one of {', '.join(SEARCHES)}")
        demand_effect(self, self.trials > 1, "trials of 2 or more", "search", "judges")
        demand_effect(self, self.epochs, "epochs", "rate", "decay", "batch")

    def quick(self) -> Self:
        """The same with few trials and epochs, to see that all of it works."""
        judges = min(self.judges, 300) if self.trials > 1 else self.judges
        return replace(self, trials=min(self.trials, 10), judges=judges, epochs=min(self.epochs, 2))

    def rows(self) -> Iterator[tuple[str, str]]:
        """What a model card says of it."""
        ways = {"random": "draws", "climb": "steps of a hill climb", "genetic": "trials of a genetic search"}
        best = f", the best of {self.trials:,} {ways[self.search]}, told by up to {self.judges:,} training images"
        yield "kernels", f"-1 and +1, drawn by chance{best if self.trials > 1 else ''}"
        varied = ["as they are"]
        varied += [f"moved by up to {self.shifts} pixel{'s' if self.shifts > 1 else ''} each way"] * bool(self.shifts)
        varied += ["mirrored"] * self.mirror
        even = ", each divided by the size of its features" if self.even else ""
        if len(varied) > 1 or even:
            yield "training images", " and ".join(varied) + even
        tuned = f", {self.epochs} epochs of Adam from {self.rate:g}" if self.epochs else ""
        yield "dense layer", f"ridge regression, C = {self.c:g}{tuned}, then whole numbers of {self.bits} bits"
