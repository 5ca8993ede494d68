"""Few tries find the smallest number of cycles a frame that is enough."""

from collections.abc import Callable
from math import inf

import pytest

from binloom.compiler.plan.between import CLOSE, SLOWEST, Between

Share = Callable[[int], float]


def found(first: int, share: Share, granted: Callable[[int], int] = lambda cycles: cycles) -> tuple[int | None, int]:
    """The fewest cycles that were enough, and after how many tries."""
    between, tries = Between(first), 0
    while (cycles := between.next()) is not None:
        tries += 1
        assert tries < 100
        taken = share(granted(cycles))
        if taken <= 1:
            between.enough(granted(cycles), taken)
        else:
            between.small(cycles, taken)
    return between.high or None, tries


@pytest.mark.parametrize("first", [1, 900, 6_144, 80_000, SLOWEST])
@pytest.mark.parametrize("least", [7, 1_000, 6_100, 200_000])
@pytest.mark.parametrize("power", [0.3, 1.0, 2.0])
def test_the_fewest_are_found(first: int, least: int, power: float) -> None:
    cycles, tries = found(first, lambda cycles: (least / cycles) ** power)
    assert least <= cycles <= max(least + 1, CLOSE * least)
    assert tries < 30


def test_a_good_guess_takes_three_tries() -> None:
    """As where the folds leave few numbers of cycles: one too fast, one that fits, and none below it."""
    cycles, tries = found(5_500, lambda cycles: 6_000 / cycles, lambda cycles: cycles // 1_024 * 1_024)
    assert (cycles, tries) == (6_144, 3)


def test_what_never_fits_ends_at_the_slowest() -> None:
    assert found(1_000, lambda cycles: 1.2)[0] is None
    assert found(1_000, lambda cycles: inf)[0] is None


def test_one_cycle_is_enough_for_nothing_less() -> None:
    assert found(50, lambda cycles: 0.1)[0] == 1


@pytest.mark.parametrize("least", [3, 5_000, 1 << 20])
def test_shares_that_say_nothing_are_bisected(least: int) -> None:
    cycles, _ = found(1_024, lambda cycles: 0.9 if cycles >= least else inf)
    assert least <= cycles <= max(least + 1, CLOSE * least)
