"""A pin that the board lets go while others on the same wire speak: the cell of each family that drives it."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Instance, IOPort, Value


def driver(family: str, port: IOPort, value: Value, driven: Value) -> Instance:
    """The cell that gives `value` to a port while `driven` is high."""
    return CELLS[family](port, value, driven)


def _obz(port: IOPort, value: Value, driven: Value) -> Instance:
    return Instance("OBZ", i_I=value, i_T=~driven, o_O=port)


def _sb_io(port: IOPort, value: Value, driven: Value) -> Instance:
    # An output that is enabled, without a register; its input is not used.
    mode = 0b1010_01
    return Instance("SB_IO", p_PIN_TYPE=mode, io_PACKAGE_PIN=port, i_D_OUT_0=value, i_OUTPUT_ENABLE=driven)


def _tbuf(port: IOPort, value: Value, driven: Value) -> Instance:
    return Instance("TBUF", i_I=value, i_OEN=~driven, o_O=port)


CELLS: Mapping[str, Callable[[IOPort, Value, Value], Instance]] = {"ecp5": _obz, "ice40": _sb_io, "gowin": _tbuf}
