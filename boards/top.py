"""What goes onto a board: its clock through the PLL, a serial line or SPI, the network behind its link, lamps."""

from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Const, Elaboratable, IOPort, Module, Signal, Value, ValueLike
from amaranth.lib.cdc import FFSynchronizer

from binloom.boards import pll as plls
from binloom.boards.board import Board, Pin, Spi
from binloom.boards.pll import Pll
from binloom.boards.tristate import driver
from binloom.compiler.emit.tidy import tidy
from binloom.compiler.emit.verilog import Platform
from binloom.hw.link.linked import Linked
from binloom.hw.link.serial import SerialNetwork
from binloom.hw.link.spi import SpiNetwork

NAME = "binloom_top"
CORE = "binloom_core"
NETWORK = ("line", "linked", "network")  # the instances from the top down to the network

STARTUP = 1 << 11  # cycles of reset: the block RAMs of an iCE40 hold nothing sensible in its first microseconds
BLINK = 24  # bits of the counter whose highest is a lamp

BUS = ("sck", "cs", "copi", "cipo")  # the wires of a Spi
LET_GO = "spi_cipo"  # the port that others on the bus may drive


class Top(Elaboratable):
    """`pins` are its ports: `clk`; `rx` and `tx`, `divisor` cycles a bit, or without a divisor `spi_sck` and so on; the
    lamps, `lamp0` and so on; and `flash_sck` and so on where the link reads a flash.

    The first lamp blinks, the others show what a Linked calls `ready` and `trouble`. Without a PLL the pin is the
    clock.
    """

    def __init__(self, board: Board, pll: Pll | None, linked: Linked, divisor: int | None) -> None:
        if linked.flash_at is not None and board.flash is None:
            raise ValueError(f"{board.name} has no flash to read weights from")
        if divisor is None and board.spi is None:
            raise ValueError(f"{board.name} has no pins for SPI")
        self.board, self.pll = board, pll
        self.line = SpiNetwork(linked) if divisor is None else SerialNetwork(linked, divisor)
        self.pins: dict[str, Pin] = {
            "clk": board.clock,
            **(_bus("spi", board.spi) if divisor is None else {"rx": board.rx, "tx": board.tx}),
            **{f"lamp{number}": pin for number, pin in enumerate(board.lamps)},
            **{f"high{number}": pin for number, pin in enumerate(board.high)},
            **_bus("flash", board.flash if linked.flash_at is not None else None),
        }
        self.ports = {name: IOPort(1, name=name) if name == LET_GO else Signal(name=name) for name in self.pins}

    def elaborate(self, platform) -> Module:
        m = Module()
        m.domains.sync, m.domains.boot = sync, boot = ClockDomain("sync"), ClockDomain("boot", reset_less=True)
        clk = self.ports["clk"]
        clock, locked = plls.build(m, self.board, self.pll, clk) if self.pll else (clk, Const(1))
        steady, count, starting = Signal(), Signal(range(STARTUP)), Signal(init=1)
        m.submodules.steady = FFSynchronizer(locked, steady, o_domain="boot")
        m.d.comb += [sync.clk.eq(clock), boot.clk.eq(clock), sync.rst.eq(starting)]
        m.d.boot += starting.eq(count != STARTUP - 1)
        with m.If(~steady):
            m.d.boot += count.eq(0)
        with m.Elif(count != STARTUP - 1):
            m.d.boot += count.eq(count + 1)

        m.submodules.line = line = self.line
        if isinstance(line, SpiNetwork):
            family = self.board.device.family.name
            m.d.comb += [
                line.sck.eq(self._from("spi_sck")),
                line.cs_n.eq(~self._from("spi_cs")),
                line.copi.eq(self._from("spi_copi")),
            ]
            m.submodules.cipo = driver(family, self.ports[LET_GO], line.cipo, line.driven)
        else:
            m.d.comb += line.rx.eq(self._from("rx"))
            self._to(m, "tx", line.tx)
        for number in range(len(self.board.high)):
            self._to(m, f"high{number}", 1)
        if line.linked.flash_at is not None:
            self._to(m, "flash_sck", line.flash.sck)
            self._to(m, "flash_cs", ~line.flash.cs_n)
            self._to(m, "flash_copi", line.flash.copi)
            m.d.comb += line.flash.cipo.eq(self._from("flash_cipo"))
        blink = Signal(BLINK)
        m.d.sync += blink.eq(blink + 1)
        for number, shown in zip(range(len(self.board.lamps)), (blink[-1], line.ready, line.trouble), strict=False):
            self._to(m, f"lamp{number}", shown)
        return m

    def verilog(self) -> str:
        """The top module and all below it, for the family of the board's chip."""
        text = verilog.convert(
            self,
            name=NAME,
            platform=Platform(self.board.device.family.name, self.board.device.loaded > 0),
            ports=list(self.ports.values()),
            emit_src=False,
            strip_internal_attrs=True,
        )
        return tidy(text, NAME, list(self.ports), ())

    def _from(self, name: str) -> Value:
        """What the wire behind a pin says."""
        return self.ports[name] ^ self.pins[name].inverted

    def _to(self, m: Module, name: str, value: ValueLike) -> None:
        """Has the wire behind a pin say so."""
        m.d.comb += self.ports[name].eq(value ^ self.pins[name].inverted)


def _bus(name: str, bus: Spi | None) -> dict[str, Pin]:
    """The ports of a bus, where there is one."""
    return {f"{name}_{wire}": getattr(bus, wire) for wire in BUS} if bus else {}


def core_verilog(linked: Linked, family: str) -> str:
    """The link and the network without a line and without pins, for simulators that hand over whole bytes.

    Module CORE: clock `clk`, synchronous reset `rst`, active high; streams of bytes `i__payload`, `i__valid`,
    `i__ready` and the same of `o`; `ready` and `trouble`.
    """
    text = verilog.convert(linked, name=CORE, platform=Platform(family), emit_src=False, strip_internal_attrs=True)
    streams = [f"{way}__{wire}" for way in "io" for wire in ("payload", "valid", "ready")]
    return tidy(text, CORE, ["clk", "rst", *streams, "ready", "trouble"], ())
