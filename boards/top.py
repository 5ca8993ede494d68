"""What goes onto a board: its clock through the PLL, a serial line, the network behind its link, lamps."""

from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Const, Elaboratable, Module, Signal
from amaranth.lib.cdc import FFSynchronizer

from binloom.boards import pll as plls
from binloom.boards.board import Board, Pin
from binloom.boards.pll import Pll
from binloom.compiler.emit.tidy import tidy
from binloom.compiler.emit.verilog import Platform
from binloom.hw.link.linked import Linked
from binloom.hw.link.serial import SerialNetwork

NAME = "binloom_top"
CORE = "binloom_core"
NETWORK = ("serial", "linked", "network")  # the instances from the top down to the network

STARTUP = 1 << 11  # cycles of reset: the block RAMs of an iCE40 hold nothing sensible in its first microseconds
BLINK = 24  # bits of the counter whose highest is a lamp

FLASH = ("sck", "cs", "copi", "cipo")  # the wires of a board's Flash


class Top(Elaboratable):
    """Its ports are pins: `clk`, `rx`, `tx`, the lamps, `lamp0` and so on, and `flash_sck` and so on where the link
    reads a flash.

    The first one blinks, the others show what a Linked calls `ready` and `trouble`. Without a PLL the pin is the clock.
    """

    def __init__(self, board: Board, pll: Pll | None, linked: Linked, divisor: int) -> None:
        if linked.flash_at is not None and board.flash is None:
            raise ValueError(f"{board.name} has no flash to read weights from")
        self.board, self.pll = board, pll
        self.serial = SerialNetwork(linked, divisor)
        self.clk, self.rx, self.tx = Signal(name="clk"), Signal(name="rx"), Signal(name="tx")
        self.lamps = [Signal(name=f"lamp{number}") for number in range(len(board.lamps))]
        self.highs = [Signal(name=f"high{number}") for number in range(len(board.high))]
        flash = board.flash if linked.flash_at is not None else None
        self.flash = {wire: (Signal(name=f"flash_{wire}"), getattr(flash, wire)) for wire in FLASH if flash}

    @property
    def pins(self) -> dict[str, Pin]:
        """The pin of each port."""
        board = self.board
        return {
            "clk": board.clock,
            "rx": board.rx,
            "tx": board.tx,
            **{signal.name: pin for signal, pin in zip(self.lamps, board.lamps, strict=True)},
            **{signal.name: pin for signal, pin in zip(self.highs, board.high, strict=True)},
            **{signal.name: pin for signal, pin in self.flash.values()},
        }

    def elaborate(self, platform) -> Module:
        m = Module()
        m.domains.sync, m.domains.boot = sync, boot = ClockDomain("sync"), ClockDomain("boot", reset_less=True)
        clock, locked = plls.build(m, self.board, self.pll, self.clk) if self.pll else (self.clk, Const(1))
        steady, count, starting = Signal(), Signal(range(STARTUP)), Signal(init=1)
        m.submodules.steady = FFSynchronizer(locked, steady, o_domain="boot")
        m.d.comb += [sync.clk.eq(clock), boot.clk.eq(clock), sync.rst.eq(starting)]
        m.d.boot += starting.eq(count != STARTUP - 1)
        with m.If(~steady):
            m.d.boot += count.eq(0)
        with m.Elif(count != STARTUP - 1):
            m.d.boot += count.eq(count + 1)

        m.submodules.serial = serial = self.serial
        m.d.comb += [
            serial.rx.eq(self.rx ^ self.board.rx.inverted),
            self.tx.eq(serial.tx ^ self.board.tx.inverted),
            *(signal.eq(not pin.inverted) for signal, pin in zip(self.highs, self.board.high, strict=True)),
        ]
        if self.flash:
            given = {"sck": serial.flash.sck, "cs": ~serial.flash.cs_n, "copi": serial.flash.copi}
            for wire, value in given.items():
                signal, pin = self.flash[wire]
                m.d.comb += signal.eq(value ^ pin.inverted)
            signal, pin = self.flash["cipo"]
            m.d.comb += serial.flash.cipo.eq(signal ^ pin.inverted)
        blink = Signal(BLINK)
        m.d.sync += blink.eq(blink + 1)
        for lamp, pin, shown in zip(
            self.lamps, self.board.lamps, (blink[-1], serial.ready, serial.trouble), strict=False
        ):
            m.d.comb += lamp.eq(shown ^ pin.inverted)
        return m

    def verilog(self) -> str:
        """The top module and all below it, for the family of the board's chip."""
        ports = [self.clk, self.rx, self.tx, *self.lamps, *self.highs, *(signal for signal, _ in self.flash.values())]
        text = verilog.convert(
            self,
            name=NAME,
            platform=Platform(self.board.device.family.name, self.board.device.loaded > 0),
            ports=ports,
            emit_src=False,
            strip_internal_attrs=True,
        )
        return tidy(text, NAME, [port.name for port in ports], ())


def core_verilog(linked: Linked, family: str) -> str:
    """The link and the network without a line and without pins, for simulators that hand over whole bytes.

    Module CORE: clock `clk`, synchronous reset `rst`, active high; streams of bytes `i__payload`, `i__valid`,
    `i__ready` and the same of `o`; `ready` and `trouble`.
    """
    text = verilog.convert(linked, name=CORE, platform=Platform(family), emit_src=False, strip_internal_attrs=True)
    streams = [f"{way}__{wire}" for way in "io" for wire in ("payload", "valid", "ready")]
    return tidy(text, CORE, ["clk", "rst", *streams, "ready", "trouble"], ())
