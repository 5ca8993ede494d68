"""A network behind a link on the two wires of a serial line."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.link.flash import PINS
from binloom.hw.link.linked import Linked
from binloom.hw.link.uart import Receiver, Transmitter


class SerialNetwork(wiring.Component):
    """`rx` and `tx`, `divisor` cycles a bit; `ready` and `trouble` are those of the link, and so is
    `flash` where it reads one.

    A byte takes ten bits of four cycles or more, so the link has taken each before the next one is whole.
    """

    def __init__(self, linked: Linked, divisor: int) -> None:
        self.linked = linked
        self.receiver, self.transmitter = Receiver(divisor), Transmitter(divisor)
        pins = {} if linked.flash_at is None else {"flash": Out(PINS)}
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "ready": Out(1), "trouble": Out(1), **pins})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.receiver, m.submodules.transmitter = receiver, transmitter = self.receiver, self.transmitter
        m.submodules.linked = linked = self.linked
        connect(m, receiver.o, linked.i)
        connect(m, linked.o, transmitter.i)
        if linked.flash_at is not None:
            connect(m, linked.flash, flipped(self.flash))
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            self.ready.eq(linked.ready),
            self.trouble.eq(linked.trouble),
        ]
        return m
