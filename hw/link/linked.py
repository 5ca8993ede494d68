"""A network behind a link: packets in, packets out, as bytes; what carries the bytes is somebody else's matter.

docs/link.md tells what they say.
"""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.counter import counter
from binloom.hw.link.benchmark import Benchmark
from binloom.hw.link.engine import Engine, Parts
from binloom.hw.link.events import Events
from binloom.hw.link.flash import PINS
from binloom.hw.link.format import COUNTERS, Weights
from binloom.hw.link.image_store import ImageStore
from binloom.hw.link.inbox import Inbox
from binloom.hw.link.loading import Loading
from binloom.hw.link.outbox import Outbox
from binloom.hw.link.results import Results
from binloom.hw.link.slots import Slots
from binloom.hw.link.uart import BYTE
from binloom.hw.network import Netlist, Network
from binloom.hw.part import Spare

SLOTS = 2


class Linked(Spare, wiring.Component):
    """A network of one input behind streams of bytes. It takes a byte every ten cycles at least, whatever comes.

    `record` is what it says of itself (IDENTIFY), `crc32` that of the weights where any are loaded. `ready` is high
    while images are welcome: the weights are good. `trouble` is high while they are bad, and from a packet that was
    lost, to noise or for want of room, to the next that was not.

    With `flash_at` the weights come from there in a flash after each reset, and `flash` are its pins.
    """

    def __init__(
        self, netlist: Netlist, record: bytes, crc32: int = 0, *, slots: int = SLOTS, flash_at: int | None = None
    ) -> None:
        if len(netlist.inputs) != 1:
            raise ValueError(f"a link feeds a network of one input, got {', '.join(netlist.inputs)}")
        self.netlist, self.slots, self.flash_at = netlist, slots, flash_at
        (map,) = netlist.inputs.values()
        load = netlist.load_map
        if flash_at is not None and not load:
            raise ValueError("a network whose weights are built in reads none from a flash")
        self.images = ImageStore(map, slots)
        self.parts = Parts(
            Inbox(),
            Outbox(),
            Slots(slots, self.images.blocks),
            self.images,
            Results(netlist.output_maps, slots),
            Benchmark(slots, len(netlist.outputs)),
            Events(len(COUNTERS) + len(netlist.stages)),
            Loading(load.beats, crc32, flash_at) if load else None,
        )
        self.engine = Engine(self.parts, record)
        pins = {} if flash_at is None else {"flash": Out(PINS)}
        super().__init__({"i": In(BYTE), "o": Out(BYTE), "ready": Out(1), "trouble": Out(1), **pins})

    def elaborate(self, platform) -> Module:
        m = Module()
        parts = self.parts
        m.submodules.inbox, m.submodules.outbox, m.submodules.engine = parts.inbox, parts.outbox, self.engine
        connect(m, flipped(self.i), parts.inbox.i)
        connect(m, parts.outbox.o, flipped(self.o))

        anew = ResetInserter(self.engine.restart)
        network = Network(self.netlist, checked=True)
        m.submodules.network = anew(network)
        m.submodules.slots = anew(parts.slots)
        m.submodules.images = anew(parts.images)
        m.submodules.results = anew(parts.results)
        m.submodules.benchmark = anew(parts.benchmark)
        m.submodules.events = anew(parts.events)
        self._frames(m, network)
        weights = Weights.BUILT_IN
        if loading := parts.loading:
            m.submodules.loading = anew(loading)
            weights = loading.state
            m.d.comb += [
                Value.cast(network.load.payload).eq(loading.load.payload),
                network.load.valid.eq(loading.load.valid),
                loading.load.ready.eq(network.load.ready),
                network.load_check.eq(loading.read),
                loading.back.eq(network.load_back),
            ]
            if self.flash_at is not None:
                connect(m, loading.flash, flipped(self.flash))

        spoilt = Signal()
        with m.If(parts.inbox.accepted):
            m.d.sync += spoilt.eq(0)
        with m.If(parts.inbox.crc_error | parts.inbox.malformed | parts.inbox.overrun):
            m.d.sync += spoilt.eq(1)
        m.d.comb += [
            self.ready.eq((weights == Weights.BUILT_IN) | (weights == Weights.GOOD)),
            self.trouble.eq(spoilt | (weights == Weights.BAD)),
        ]
        return m

    def _frames(self, m: Module, network: Network) -> None:
        """Frames out of the store through the network into the results, those of a benchmark past them."""
        parts = self.parts
        slots, images, results, bench = parts.slots, parts.images, parts.results, parts.benchmark
        running = bench.running
        m.d.comb += [
            images.frame.valid.eq(slots.frame.valid | bench.frame.valid),
            images.frame.payload.eq(Mux(running, bench.frame.payload, slots.frame.payload)),
            slots.frame.ready.eq(images.frame.ready & ~running),
            bench.frame.ready.eq(images.frame.ready & running),
            results.slot.eq(slots.result),
            results.drop.eq(running),
            slots.done.eq(results.done),
        ]
        (name,) = self.netlist.inputs
        connect(m, images.o, network.port(name))
        m.d.comb += bench.enters.eq(images.o.valid & images.o.ready)
        ends = []
        for name, map in self.netlist.output_maps.items():
            port = network.port(name)
            connect(m, port, getattr(results, f"i_{name}"))
            ends.append(counter(m, f"beat_{name}", map.beats, port.valid & port.ready)[1])
        m.d.comb += bench.leaves.eq(Cat(ends))

        inbox = parts.inbox
        stalls = [stage.block.o.valid & ~stage.block.o.ready for stage in self.netlist.stages]
        m.d.comb += parts.events.happens.eq(Cat(ends[0], inbox.crc_error, inbox.malformed, inbox.overrun, *stalls))
