"""Clocks that a board's PLL can make, each with its settings, and the cell that makes one.

Frequencies are exact fractions of a megahertz. The ranges are those of the families' data sheets.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import Const, Instance, Module, Signal

from binloom.boards.board import Board
from binloom.compiler.errors import InputError


@dataclass(frozen=True, slots=True)
class Pll:
    """One setting: the clock that comes out, in MHz, and what the family's dividers are called and set to."""

    mhz: Fraction
    dividers: Mapping[str, int]


def clocks(board: Board) -> dict[Fraction, Pll | None]:
    """What the board can clock a design with: its own clock as it is, or what its PLL makes of it."""
    reference = Fraction(board.mhz)
    found: dict[Fraction, Pll | None] = {reference: None}
    for pll in SETTINGS[board.device.family.name](board):
        found.setdefault(pll.mhz, pll)
    return found


def exactly(board: Board, mhz: float) -> Pll | None:
    """The setting for this clock, None for the board's own. InputError where there is none."""
    made, wanted = clocks(board), Fraction(str(mhz))
    if wanted in made:
        return made[wanted]
    below, above = (f for f in made if f < wanted), (f for f in made if f > wanted)
    near = (max(below, default=None), min(above, default=None))
    told = " or ".join(f"{float(f):g}" for f in near if f is not None)
    raise InputError(f"the PLL of {board.name} makes no clock of {mhz:g} MHz", f"take {told}")


def round_clocks(board: Board) -> list[int]:
    """The whole megahertz that it makes exactly, the highest first."""
    return sorted((int(f) for f in clocks(board) if f.denominator == 1), reverse=True)


def _ecp5(board: Board) -> Iterator[Pll]:
    reference = Fraction(board.mhz)
    for divide in range(1, 129):
        if not 3.125 <= reference / divide <= 400:
            continue
        for multiply in range(1, 81):
            mhz = reference / divide * multiply
            if 10 <= mhz <= 400:
                after = max(1, round(600 / mhz))  # the oscillator in the middle of its range, 400 to 800 MHz
                if 400 <= mhz * after <= 800:
                    yield Pll(mhz, {"CLKI_DIV": divide, "CLKFB_DIV": multiply, "CLKOP_DIV": after})


def _ice40(board: Board) -> Iterator[Pll]:
    reference = Fraction(board.mhz)
    for divide in range(16):
        compared = reference / (divide + 1)
        if not 10 <= compared <= 133:
            continue
        for multiply in range(128):
            oscillator = compared * (multiply + 1)
            if not 533 <= oscillator <= 1066:
                continue
            for after in range(1, 7):
                mhz = oscillator / (1 << after)
                if 16 <= mhz <= 275:
                    range_ = next((n for n, top in enumerate((17, 26, 44, 66, 101), 1) if compared < top), 6)
                    dividers = {"DIVR": divide, "DIVF": multiply, "DIVQ": after, "FILTER_RANGE": range_}
                    yield Pll(mhz, dividers)


def _gowin(board: Board) -> Iterator[Pll]:
    reference = Fraction(board.mhz)
    slowest, fastest = GOWIN_OSCILLATORS[board.device.name]
    for divide in range(64):
        if not 3 <= reference / (divide + 1) <= 400:
            continue
        for multiply in range(64):
            mhz = reference * (multiply + 1) / (divide + 1)
            if not 3.125 <= mhz <= 400:
                continue
            for after in (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128):
                if slowest <= mhz * after <= fastest:
                    yield Pll(mhz, {"IDIV_SEL": divide, "FBDIV_SEL": multiply, "ODIV_SEL": after})
                    break


GOWIN_OSCILLATORS = {"gw1n-9": (400, 1200), "gw2ar-18": (500, 1250)}  # MHz

SETTINGS: Mapping[str, Callable[[Board], Iterator[Pll]]] = {"ecp5": _ecp5, "ice40": _ice40, "gowin": _gowin}


def build(m: Module, board: Board, pll: Pll, pin: Signal) -> tuple[Signal, Signal]:
    """The cell behind the clock's pin: the clock that it makes, and whether that is steady."""
    clock, locked = Signal(name="pll_clock"), Signal(name="pll_locked")
    m.submodules.pll = CELLS[board.device.family.name](board, pll, pin, clock, locked)
    return clock, locked


def _ehxplll(board: Board, pll: Pll, pin: Signal, clock: Signal, locked: Signal) -> Instance:
    return Instance(
        "EHXPLLL",
        a_FREQUENCY_PIN_CLKI=f"{board.mhz:g}",
        a_FREQUENCY_PIN_CLKOP=f"{float(pll.mhz):g}",
        a_ICP_CURRENT="12",
        a_LPF_RESISTOR="8",
        a_MFG_ENABLE_FILTEROPAMP="1",
        a_MFG_GMCREF_SEL="2",
        p_PLLRST_ENA="DISABLED",
        p_INTFB_WAKE="DISABLED",
        p_STDBY_ENABLE="DISABLED",
        p_DPHASE_SOURCE="DISABLED",
        p_OUTDIVIDER_MUXA="DIVA",
        p_OUTDIVIDER_MUXB="DIVB",
        p_OUTDIVIDER_MUXC="DIVC",
        p_OUTDIVIDER_MUXD="DIVD",
        p_CLKOP_ENABLE="ENABLED",
        p_CLKOP_CPHASE=pll.dividers["CLKOP_DIV"] // 2,
        p_CLKOP_FPHASE=0,
        p_FEEDBK_PATH="CLKOP",
        **{f"p_{name}": value for name, value in pll.dividers.items()},
        i_CLKI=pin,
        i_CLKFB=clock,
        o_CLKOP=clock,
        o_LOCK=locked,
        **{f"i_{name}": Const(0, 1) for name in ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PLLWAKESYNC", "ENCLKOP")},
        **{f"i_{name}": Const(1, 1) for name in ("PHASEDIR", "PHASESTEP", "PHASELOADREG")},
    )


def _sb_pll40(board: Board, pll: Pll, pin: Signal, clock: Signal, locked: Signal) -> Instance:
    return Instance(
        "SB_PLL40_PAD" if board.pad else "SB_PLL40_CORE",
        p_FEEDBACK_PATH="SIMPLE",
        **{f"p_{name}": Const(value, WIDTHS[name]) for name, value in pll.dividers.items()},
        **{"i_PACKAGEPIN" if board.pad else "i_REFERENCECLK": pin},
        i_RESETB=Const(1, 1),
        i_BYPASS=Const(0, 1),
        o_PLLOUTGLOBAL=clock,
        o_LOCK=locked,
    )


WIDTHS = {"DIVR": 4, "DIVF": 7, "DIVQ": 3, "FILTER_RANGE": 3}


def _rpll(board: Board, pll: Pll, pin: Signal, clock: Signal, locked: Signal) -> Instance:
    return Instance(
        "rPLL",
        p_FCLKIN=f"{board.mhz:g}",
        **{f"p_{name}": value for name, value in pll.dividers.items()},
        i_CLKIN=pin,
        o_CLKOUT=clock,
        o_LOCK=locked,
        **{f"i_{name}": Const(0, width) for name, width in UNUSED.items()},
    )


# Inputs of a Gowin PLL that can change its settings while it runs.
UNUSED = {"RESET": 1, "RESET_P": 1, "CLKFB": 1, "FBDSEL": 6, "IDSEL": 6, "ODSEL": 6, "PSDA": 4, "DUTYDA": 4, "FDLY": 4}

CELLS: Mapping[str, Callable[[Board, Pll, Signal, Signal, Signal], Instance]] = {
    "ecp5": _ehxplll,
    "ice40": _sb_pll40,
    "gowin": _rpll,
}
