"""Which numbers of cycles a frame to try on the way to the smallest that fits: few, since each is a search.

What a plan takes falls about as its cycles rise. So the share of the budget that a plan takes says how many cycles
would just fill it, and two shares, one too large and one that fits, say it better. A plan that fits is often faster
than was asked for; then the next try is right below it, and mostly the last.
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log, sqrt

CLOSE = 1.01  # two numbers of cycles a frame that are worth no further search between them
FULL = 0.95  # the share to aim at: a plan that just fits says more than one that just does not
STEP = 1.1  # from the second try in one direction on, at least so far, and twice as far with each
FURTHEST = 16  # times as many cycles, or as few, as were tried before
SLOWEST = 1 << 30  # cycles a frame where nothing asks for speed


@dataclass
class Between:
    """Between the most cycles a frame that were too few, and the fewest that were enough; begins with `first`."""

    first: int
    low: int = 0
    high: int = 0  # 0: none has been enough
    over: float = inf  # share of the budget taken at `low`
    under: float = 0.0  # and at `high`
    tries: int = 0

    def small(self, cycles: int, share: float) -> None:
        """So many cycles were too few; the plan would have taken that share, infinite where there was none."""
        self.low, self.over, self.tries = cycles, share, self.tries + 1

    def enough(self, cycles: int, share: float) -> None:
        """So many cycles were enough, for a plan that took that share."""
        self.high, self.under, self.tries = cycles, share, self.tries + 1

    def next(self) -> int | None:
        """The number of cycles to try next; None where none is worth it."""
        if not self.tries:
            return min(max(1, self.first), SLOWEST)
        if not self.high:
            return self._slower() if self.low < SLOWEST else None
        if self.high <= max(self.low + 1, self.low * CLOSE):
            return None
        most = min(self.high - 1, ceil(self.high / CLOSE))
        wanted = self._between() if self.low else self._faster()
        # What is next to the most that are worth a try is no better than those, and would be worth one more.
        return most if wanted * CLOSE >= most else max(self.low + 1, wanted)

    def _slower(self) -> int:
        """Where nothing fits yet: by the share, and further with each try."""
        share = self.over / FULL if 1 < self.over < inf else 4.0
        return min(SLOWEST, ceil(self.low * min(FURTHEST, max(share, STEP * 2.0 ** (self.tries - 2)))))

    def _faster(self) -> int:
        """Where all has fitted so far: likewise, unless next to nothing is left."""
        if self.under >= FULL:
            return self.high
        return floor(self.high * max(1 / FURTHEST, min(self.under / FULL, 2.0 ** (2 - self.tries) / STEP)))

    def _between(self) -> int:
        """By both shares; every third try halves what is left, whatever the shares say."""
        if not FULL < self.over < inf or not 0 < self.under < self.over or self.tries % 3 == 0:
            return floor(sqrt(self.low * self.high))
        part = log(self.over / FULL) / log(self.over / self.under)
        return floor(self.low * (self.high / self.low) ** part) if part < 1 else self.high
