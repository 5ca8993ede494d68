"""Where each image is: which of its blocks have come, whether it waits, runs or is done, and whom to tell."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.format import BLOCKS, Place
from binloom.hw.part import Spare

SEQ = 16  # bits of an image's number

MOST = 16  # slots


def slot_signature(slots: int) -> stream.Signature:
    """A stream of numbers of slots."""
    return stream.Signature(range(slots))


class Slots(Spare, wiring.Component):
    """A slot for each image whose number ends in the slot's.

    What is asked about image `seq` is answered a cycle later: `place`, its `missing` blocks, and `busy` while its slot
    has another image in the network. `take` says that block `block` of it has come whole, two cycles after both were
    given or later, and `again` that its result is wanted once more. `forget` takes all images out; those in the
    network run out unheard.

    Whole frames come out on `frame` in the order in which they became whole; `done` says that the result of the first
    of those that are under way is there, which is that of `result`. While `due`, the result of image `due_seq`, in slot
    `due_slot`, is to be sent, until `sent`; behind `begun` it stays the one, and is `halfway`, until then or until
    another image takes its slot. `quiet` is high while no frame waits or runs.
    """

    def __init__(self, slots: int, blocks: int) -> None:
        if slots < 2 or slots > MOST or slots & (slots - 1):
            raise ValueError(f"slots must be a power of two from 2 to {MOST}, got {slots}")
        if not 1 <= blocks <= BLOCKS:
            raise ValueError(f"an image is of 1 to {BLOCKS} blocks, got {blocks}")
        self.slots, self.blocks = slots, blocks
        super().__init__(
            {
                "seq": In(SEQ),
                "place": Out(Place),
                "missing": Out(blocks),
                "busy": Out(1),
                "block": In(range(max(2, blocks))),
                "take": In(1),
                "again": In(1),
                "forget": In(1),
                "frame": Out(slot_signature(slots)),
                "result": Out(range(slots)),
                "done": In(1),
                "due": Out(1),
                "due_slot": Out(range(slots)),
                "due_seq": Out(SEQ),
                "begun": In(1),
                "halfway": Out(1),
                "sent": In(1),
                "quiet": Out(1),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        each = range(self.slots)
        everything = (1 << self.blocks) - 1
        seqs = Array(Signal(SEQ, name=f"seq_{n}") for n in each)
        places = Array(Signal(Place, name=f"place_{n}", init=Place.UNKNOWN) for n in each)
        missing = Array(Signal(self.blocks, name=f"missing_{n}") for n in each)
        unheard = Array(Signal(name=f"unheard_{n}") for n in each)
        unsent = [Signal(name=f"unsent_{n}") for n in each]

        slot = Signal(range(self.slots))
        known, left, fills = Signal(), Signal(self.blocks), Signal()
        m.d.sync += [
            known.eq((seqs[slot] == self.seq) & (places[slot] != Place.UNKNOWN) & ~unheard[slot]),
            fills.eq(left == 0),
        ]
        m.d.comb += [
            slot.eq(self.seq),
            self.busy.eq(~known & (places[slot] == Place.WHOLE)),
            self.place.eq(Mux(known, places[slot], Place.UNKNOWN)),
            self.missing.eq(Mux(known, missing[slot], everything)),
            left.eq(self.missing & ~(1 << self.block)),
        ]

        order = Array(Signal(range(self.slots), name=f"order_{n}") for n in each)
        # Of the ring of slots under way: where the next is put, which one the network takes and which one it gives.
        put, taken, given = (Signal(range(self.slots), name=name) for name in ("put", "taken", "given"))
        waiting, running = Signal(range(self.slots + 1)), Signal(range(self.slots + 1))
        whole = self.take & fills
        goes = self.frame.valid & self.frame.ready
        m.d.comb += [
            self.frame.valid.eq(waiting != 0),
            self.frame.payload.eq(order[taken]),
            self.result.eq(order[given]),
            self.quiet.eq(running == 0),
        ]
        m.d.sync += [waiting.eq(waiting + whole - goes), running.eq(running + whole - self.done)]
        with m.If(goes):
            m.d.sync += taken.eq(taken + 1)

        with m.If(self.take):
            m.d.sync += [
                seqs[slot].eq(self.seq),
                missing[slot].eq(left),
                places[slot].eq(Mux(fills, Place.WHOLE, Place.FILLING)),
            ]
        with m.If(whole):
            m.d.sync += [order[put].eq(slot), put.eq(put + 1)]
        with m.If(self.done):
            m.d.sync += [
                given.eq(given + 1),
                places[self.result].eq(Mux(unheard[self.result], Place.UNKNOWN, Place.DONE)),
                unheard[self.result].eq(0),
            ]
        held = Signal(range(self.slots))
        with m.If(self.begun):
            m.d.sync += [held.eq(self.due_slot), self.halfway.eq(1)]
        with m.Elif(self.sent | self.forget | (self.take & (slot == held))):
            m.d.sync += self.halfway.eq(0)
        for n in each:
            with m.If(self.take & (slot == n)):
                m.d.sync += unsent[n].eq(0)
            with m.If((self.again & (slot == n)) | (self.done & (self.result == n) & ~unheard[n])):
                m.d.sync += unsent[n].eq(1)
            with m.Elif(self.sent & (self.due_slot == n)):
                m.d.sync += unsent[n].eq(0)
            with m.If(unsent[n] & ~(self.halfway & (held != n))):
                m.d.comb += [self.due.eq(1), self.due_slot.eq(n)]
            with m.If(self.forget):
                m.d.sync += unsent[n].eq(0)
                with m.If(places[n] != Place.WHOLE):
                    m.d.sync += places[n].eq(Place.UNKNOWN)
                with m.Elif(self.done & (self.result == n)):
                    m.d.sync += places[n].eq(Place.UNKNOWN)
                with m.Else():
                    m.d.sync += unheard[n].eq(1)
        m.d.comb += self.due_seq.eq(seqs[self.due_slot])
        return m
