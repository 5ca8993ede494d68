"""Every board: its pins are where amaranth-boards has them, its clocks are what its PLL can make."""

import re
from fractions import Fraction

import pytest

from binloom.boards.board import Pin
from binloom.boards.constraints import cst, lpf, pcf
from binloom.boards.pll import clocks, exactly, round_clocks
from binloom.boards.table import BOARDS, board
from binloom.compiler.errors import InputError
from binloom.compiler.targets import boards as targets


def test_every_board_has_its_file():
    assert set(BOARDS) == set(targets.BOARDS)
    with pytest.raises(InputError, match=r"^there is no board 'nope'; take one of ulx3s-12f"):
        board("nope")
    with pytest.raises(InputError, match=r"^there is no line 'i2c'; take one of uart, spi$"):
        board("icebreaker", "i2c")


@pytest.mark.parametrize("name", list(BOARDS))
def test_pins_and_clocks(name):
    found = board(name)
    assert found.name == name
    assert found.device == targets.board(name)
    pins = [found.clock, found.rx, found.tx, *found.lamps, *found.high]
    sites = [pin.site for pin in pins]
    assert len(set(sites)) == len(sites)
    if found.spi:
        sites += [found.spi.sck.site, found.spi.cs.site, found.spi.copi.site, found.spi.cipo.site]
        assert len(set(sites)) == len(sites)
        assert [pin.inverted for pin in (found.spi.sck, found.spi.cs, found.spi.copi, found.spi.cipo)] == [0, 1, 0, 0]
    assert all(re.fullmatch(r"[A-Z]{0,2}\d+", site) for site in sites)
    assert len(found.lamps) >= 1
    made = clocks(found)
    assert made[Fraction(found.mhz)] is None
    assert round_clocks(found)[0] > 100
    assert round_clocks(found)[-1] <= 25


@pytest.mark.parametrize(
    ("name", "mhz", "dividers"),
    [
        # as ecppll, icepll and gowin_pll have them
        ("ulx3s-85f", 100, {"CLKI_DIV": 1, "CLKFB_DIV": 4, "CLKOP_DIV": 6}),
        ("ulx3s-85f", 80, {"CLKI_DIV": 5, "CLKFB_DIV": 16, "CLKOP_DIV": 8}),
        ("icebreaker", 24, {"DIVR": 0, "DIVF": 63, "DIVQ": 5, "FILTER_RANGE": 1}),
        ("ice40-hx8k-b-evn", 48, {"DIVR": 0, "DIVF": 63, "DIVQ": 4, "FILTER_RANGE": 1}),
        ("tangnano9k", 54, {"IDIV_SEL": 0, "FBDIV_SEL": 1, "ODIV_SEL": 8}),
        ("tangnano20k", 54, {"IDIV_SEL": 0, "FBDIV_SEL": 1, "ODIV_SEL": 16}),
    ],
)
def test_dividers(name, mhz, dividers):
    assert exactly(board(name), mhz).dividers == dividers


@pytest.mark.parametrize(
    "name", ["ulx3s-85f", "icebreaker", "tangnano9k", "tangnano20k", "orangecrab-25f", "ecpix5-85f"]
)
def test_what_dividers_make(name):
    """The formulas of the families' data sheets, over every setting."""
    found = board(name)
    for mhz, pll in clocks(found).items():
        if pll is None:
            continue
        set_ = pll.dividers
        if "CLKOP_DIV" in set_:
            assert mhz == Fraction(found.mhz) / set_["CLKI_DIV"] * set_["CLKFB_DIV"]
            assert 400 <= mhz * set_["CLKOP_DIV"] <= 800
        elif "DIVQ" in set_:
            oscillator = Fraction(found.mhz) / (set_["DIVR"] + 1) * (set_["DIVF"] + 1)
            assert mhz == oscillator / 2 ** set_["DIVQ"]
            assert 533 <= oscillator <= 1066
        else:
            assert mhz == Fraction(found.mhz) * (set_["FBDIV_SEL"] + 1) / (set_["IDIV_SEL"] + 1)
            slowest, fastest = (400, 1200) if name == "tangnano9k" else (500, 1250)
            assert slowest <= mhz * set_["ODIV_SEL"] <= fastest


def test_what_drives_a_wire_pulls_it_nowhere():
    for name in BOARDS:
        found = board(name)
        assert not {"PULLUP", "PULLMODE", "PULL_MODE"} & set(found.tx.attrs), name
    assert board("tangnano20k").rx == Pin("70", attrs={"IO_TYPE": "LVCMOS33", "PULL_MODE": "UP"})


def test_a_clock_that_cannot_be_made():
    with pytest.raises(InputError, match=r"^the PLL of icebreaker makes no clock of 25 MHz; take 24.75 or 25.125$"):
        exactly(board("icebreaker"), 25)
    with pytest.raises(InputError, match=r"makes no clock of 1000 MHz; take 400$"):
        exactly(board("ulx3s-85f"), 1000)
    assert exactly(board("icebreaker"), 12) is None


PINS = {
    "clk": Pin("G2", attrs={"IO_TYPE": "LVCMOS33"}),
    "rx": Pin("6", attrs={"PULLUP": "1"}),
    "lamp0": Pin("11", True),
}


@pytest.mark.parametrize(
    ("write", "lines"),
    [
        (
            lpf,
            [
                'LOCATE COMP "clk" SITE "G2";',
                'IOBUF PORT "clk" IO_TYPE=LVCMOS33;',
                'LOCATE COMP "rx" SITE "6";',
                'IOBUF PORT "rx" PULLUP=1;',
                'LOCATE COMP "lamp0" SITE "11";',
            ],
        ),
        (pcf, ["set_io clk G2", "set_io -pullup yes rx 6", "set_io lamp0 11"]),
        (
            cst,
            [
                'IO_LOC "clk" G2;',
                'IO_PORT "clk" IO_TYPE=LVCMOS33;',
                'IO_LOC "rx" 6;',
                'IO_PORT "rx" PULLUP=1;',
                'IO_LOC "lamp0" 11;',
            ],
        ),
    ],
)
def test_constraints(write, lines):
    assert write(PINS).splitlines() == lines
