"""The choices of codes: which they are, and what places they tell apart."""

import numpy as np
import pytest

from binloom.compiler.ovsf_codes import CHOICES, chosen_codes
from binloom.hw.ovsf.codes import tree


def test_each_choice() -> None:
    assert chosen_codes("first", 0.25, 32) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert chosen_codes("spread", 0.25, 32) == [0, 4, 8, 12, 16, 20, 24, 28]
    assert chosen_codes("mixed", 0.25, 32) == [0, 6, 8, 15, 17, 20, 26, 29]
    with pytest.raises(ValueError, match=r"^a choice of codes is one of first, spread, mixed, got 'last'$"):
        chosen_codes("last", 1, 4)


@pytest.mark.parametrize("choice", CHOICES)
def test_at_least_one_and_at_most_all(choice: str) -> None:
    assert chosen_codes(choice, 0.001, 16) == [0]
    assert chosen_codes(choice, 1.0, 16) == list(range(16))


def test_mixed_codes_tell_all_places_apart() -> None:
    apart = {codes: len(np.unique(tree(64)[chosen_codes(codes, 0.25, 64)], axis=1).T) for codes in CHOICES}
    assert apart == {"first": 16, "spread": 16, "mixed": 64}
