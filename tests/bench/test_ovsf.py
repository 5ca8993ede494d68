"""What the count of a convolution of codes says, and the picture that its page draws of it."""

import pytest
from ovsf import CODES, RATES, SUMMED, WAYS, figures


@pytest.fixture(scope="module")
def found():
    return figures(quick=True)


def test_all_are_as_fast(found):
    assert {row["cycles"] for row in found.values() if "cycles" in row} == {1024}


@pytest.mark.parametrize("codes", CODES)
def test_a_transform_takes_a_third_of_the_operations(found, codes):
    stored, transformed = found[f"{codes} codes, stored"], found[f"{codes} codes, transformed"]
    assert 3 * transformed["operations"] <= stored["operations"]
    assert 6 * transformed["coefficient bits"] <= stored["coefficient bits"]


@pytest.mark.parametrize("cycles", RATES)
def test_and_so_it_does_however_fast(found, cycles):
    assert max(found[f"a patch every {cycles} cycles"].values()) <= 100 / 3


def test_sums_of_neighbours_take_a_quarter(found):
    stored, summed = found["first codes, stored"], found[f"first codes, {SUMMED}"]
    assert summed["operations"] < 0.26 * stored["operations"]


@pytest.mark.parametrize("codes", CODES)
def test_what_is_stored_need_not_be_made(found, codes):
    shares = [found[f"{codes} codes, {way}"] for way in WAYS if "generated" in way]
    made, kept = ([row[name] for row in shares] for name in ("XOR-reduces", "code bits"))
    assert made == [2 * made[1], made[1], 0]
    assert kept == [0, kept[1], 2 * kept[1]]
    assert len({row["coefficient bits"] for row in shares}) == 1
