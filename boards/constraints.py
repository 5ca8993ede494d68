"""Which port of a top is on which pin: the file of constraints in each family's own language."""

from collections.abc import Callable, Mapping

from binloom.boards.board import Pin


def lpf(pins: Mapping[str, Pin]) -> str:
    """ECP5, for nextpnr's --lpf."""
    lines = []
    for port, pin in pins.items():
        lines.append(f'LOCATE COMP "{port}" SITE "{pin.site}";')
        if pin.attrs:
            attrs = " ".join(f"{name}={value}" for name, value in pin.attrs.items())
            lines.append(f'IOBUF PORT "{port}" {attrs};')
    return "".join(f"{line}\n" for line in lines)


def pcf(pins: Mapping[str, Pin]) -> str:
    """iCE40, for nextpnr's --pcf. Of the attributes it knows the pull-up."""
    return "".join(
        f"set_io {'-pullup yes ' if pin.attrs.get('PULLUP') == '1' else ''}{port} {pin.site}\n"
        for port, pin in pins.items()
    )


def cst(pins: Mapping[str, Pin]) -> str:
    """Gowin, for nextpnr's --vopt cst."""
    lines = []
    for port, pin in pins.items():
        lines.append(f'IO_LOC "{port}" {pin.site};')
        if pin.attrs:
            attrs = " ".join(f"{name}={value}" for name, value in pin.attrs.items())
            lines.append(f'IO_PORT "{port}" {attrs};')
    return "".join(f"{line}\n" for line in lines)


WRITERS: Mapping[str, Callable[[Mapping[str, Pin]], str]] = {"ecp5": lpf, "ice40": pcf, "gowin": cst}
