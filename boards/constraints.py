"""Which port of a top is on which pin: the file of constraints in each family's own language."""

from collections.abc import Callable, Mapping

from binloom.boards.board import Pin


def lpf(pins: Mapping[str, Pin]) -> str:
    """ECP5, for nextpnr's --lpf."""
    return _located(pins, 'LOCATE COMP "{}" SITE "{}";', 'IOBUF PORT "{}" {};')


def pcf(pins: Mapping[str, Pin]) -> str:
    """iCE40, for nextpnr's --pcf. Of the attributes it knows the pull-up."""
    return "".join(
        f"set_io {'-pullup yes ' if pin.attrs.get('PULLUP') == '1' else ''}{port} {pin.site}\n"
        for port, pin in pins.items()
    )


def cst(pins: Mapping[str, Pin]) -> str:
    """Gowin, for nextpnr's --vopt cst."""
    return _located(pins, 'IO_LOC "{}" {};', 'IO_PORT "{}" {};')


def _located(pins: Mapping[str, Pin], place: str, tell: str) -> str:
    """A line with each port and its site, and one with its attributes where it has any."""
    lines = []
    for port, pin in pins.items():
        lines.append(place.format(port, pin.site))
        if pin.attrs:
            lines.append(tell.format(port, " ".join(f"{name}={value}" for name, value in pin.attrs.items())))
    return "".join(f"{line}\n" for line in lines)


WRITERS: Mapping[str, Callable[[Mapping[str, Pin]], str]] = {"ecp5": lpf, "ice40": pcf, "gowin": cst}
