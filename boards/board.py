"""What a board is to binloom: a chip, a clock, the wires of its lines, lamps. Taken from amaranth-boards."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from binloom.compiler.targets import boards as targets
from binloom.compiler.targets.device import Device
from binloom.toolchain import find

UART, SPI = LINES = ("uart", "spi")  # what a host may be at the other end of

PULLS = ("PULLUP", "PULLMODE", "PULL_MODE")  # as iCE40, ECP5 and Gowin call it
PMOD = {"cs": "1", "copi": "2", "cipo": "3", "sck": "4"}  # the pins of SPI on Digilent's Pmod connector
# By family: the attributes of a pin of 3.3 V, and those that pull it up.
LEVELS: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "ecp5": ({"IO_TYPE": "LVCMOS33"}, {"PULLMODE": "UP"}),
    "ice40": ({"IO_STANDARD": "SB_LVCMOS"}, {"PULLUP": "1"}),
    "gowin": ({"IO_TYPE": "LVCMOS33"}, {"PULL_MODE": "UP"}),
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One pin of the package; the wire behind it is its complement where `inverted`. `attrs` are the family's own."""

    site: str
    inverted: bool = False
    attrs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spi:
    """The pins of an SPI bus."""

    sck: Pin
    cs: Pin
    copi: Pin
    cipo: Pin


@dataclass(frozen=True, slots=True)
class Flash(Spi):
    """The flash that the chip starts from, and the byte from which on weights may lie in it."""

    weights_at: int


@dataclass(frozen=True, slots=True)
class Board:
    """A board. `clock` carries `mhz`; of the `lamps` as many show something as there are; `high` pins are held so.

    `pad` says that on an iCE40 the clock's pin is that of the PLL. `flash` is given where weights can come from it,
    `spi` where a microcontroller finds a place for its bus.
    """

    name: str
    clock: Pin
    mhz: float
    rx: Pin
    tx: Pin
    lamps: tuple[Pin, ...] = ()
    high: tuple[Pin, ...] = ()
    pad: bool = False
    flash: Flash | None = None
    spi: Spi | None = None

    @property
    def device(self) -> Device:
        return targets.board(self.name)

    @property
    def weights_at(self) -> int | None:
        """The byte of the flash from which on weights lie, where they can."""
        return self.flash.weights_at if self.flash else None


def platform(module: str, name: str) -> Any:
    """A board's platform in amaranth-boards: where its resources are looked up."""
    find.package("amaranth-boards", "fpga", "pins of boards", find.extra("fpga")).require()
    from importlib import import_module

    return getattr(import_module(f"amaranth_boards.{module}"), name)


def board_of(
    platform: Any,
    name: str,
    *,
    rx: Pin | None = None,
    tx: Pin | None = None,
    lamps: tuple[Pin, ...] | None = None,
    high: tuple[Pin, ...] = (),
    pad: bool = False,
    flash: Flash | None = None,
    spi: Spi | None = None,
) -> Board:
    """A platform's default clock, its resource `uart` and its first LEDs, where nothing else is given."""
    clock, mhz = clock_of(platform)
    return Board(
        name,
        clock,
        mhz,
        rx=rx or pin_of(platform, "uart", part="rx"),
        tx=tx or _output(pin_of(platform, "uart", part="tx")),
        lamps=lamps_of(platform) if lamps is None else lamps,
        high=high,
        pad=pad,
        flash=flash,
        spi=spi,
    )


def clock_of(platform: Any) -> tuple[Pin, float]:
    """The default clock's pin and its megahertz."""
    resource = _resource(platform, platform.default_clk, 0)
    return pin_of(platform, platform.default_clk), resource.clock.frequency / 1e6


def pin_of(platform: Any, name: str, number: int = 0, part: str = "") -> Pin:
    """The pin of a resource, or of one of its parts."""
    resource = _resource(platform, name, number)
    inner = next((io for io in resource.ios if getattr(io, "name", None) == part), resource) if part else resource
    (pins,) = inner.ios
    (site,) = pins.names
    return Pin(site, pins.invert, {key: str(value) for key, value in {**resource.attrs, **inner.attrs}.items()})


def lamps_of(platform: Any, name: str = "led", count: int = 3) -> tuple[Pin, ...]:
    """The first of the resources of this name."""
    numbers = sorted(resource.number for resource in platform.resources if resource.name == name)
    return tuple(pin_of(platform, name, number) for number in numbers[:count])


def colours_of(platform: Any) -> tuple[Pin, ...]:
    """The three lamps of the resource `rgb_led`: green, blue, red."""
    return tuple(pin_of(platform, "rgb_led", part=colour) for colour in "gbr")


def flash_of(platform: Any, weights_at: int) -> Flash:
    """The flash behind a platform's resource `spi_flash`, a bit at a time."""
    sck, cs, copi, cipo = (pin_of(platform, "spi_flash_1x", part=part) for part in ("clk", "cs", "copi", "cipo"))
    return Flash(sck, cs, copi, cipo, weights_at)


def connector_of(platform: Any, name: str, number: int = 0) -> Mapping[str, str]:
    """The sites of a connector's pins, by their names on it."""
    return next(found for found in platform.connectors if (found.name, found.number) == (name, number)).mapping


def spi_of(family: str, *, sck: str, cs: str, copi: str, cipo: str) -> Spi:
    """A bus on these sites. The board is selected while `cs` is low, which is pulled up where nothing is connected."""
    level, pull = LEVELS[family]
    return Spi(Pin(sck, attrs=level), Pin(cs, True, {**level, **pull}), Pin(copi, attrs=level), Pin(cipo, attrs=level))


def pmod_of(platform: Any, family: str) -> Spi:
    """A bus on the first Pmod connector of a platform."""
    pins = connector_of(platform, "pmod")
    return spi_of(family, **{wire: pins[number] for wire, number in PMOD.items()})


def _output(pin: Pin) -> Pin:
    """A platform gives both wires of a line a pull-up; one that is driven needs none."""
    return replace(pin, attrs={name: value for name, value in pin.attrs.items() if name not in PULLS})


def _resource(platform: Any, name: str, number: int) -> Any:
    return next(found for found in platform.resources if (found.name, found.number) == (name, number))
