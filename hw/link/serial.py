"""A network behind two wires: images come in as bytes and results go out as bytes, nothing around them.

What to send and what comes back:

- where weights come at boot, the bytes of a load are the first, once after each new start;
- an image is the bytes of its elements in the order of the input stream, and the next one may follow at once;
- for each image the bytes of its result come back, of one output after the other, in the order of the images;
- a line held low for longer than a byte takes (a break) makes all of it begin anew: what was under way is forgotten.

`elements.py` tells how an element becomes bytes.
"""

from amaranth.hdl import Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.link.elements import BeatsToBytes, BytesToBeats, frame_bytes
from binloom.hw.link.uart import BYTE, Receiver, Transmitter
from binloom.hw.network import Netlist, Network
from binloom.hw.stream import Map


class Session(wiring.Component):
    """A network of one input between streams of bytes. Its outputs take turns, a frame each.

    `ready` is high once it has been loaded, which is at once where there is nothing to load.
    """

    def __init__(self, netlist: Netlist) -> None:
        if len(netlist.inputs) != 1:
            raise ValueError(f"a serial line feeds a network of one input, got {', '.join(netlist.inputs)}")
        maps = netlist.output_maps
        if len(maps) > 1 and any(map.pixels > 1 for map in maps.values()):
            raise ValueError("outputs that take turns on a serial line must be vectors, got a map among several")
        self.netlist = netlist
        super().__init__({"i": In(BYTE), "o": Out(BYTE), "ready": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.network = network = Network(self.netlist)
        (name, map), *_ = self.netlist.inputs.items()
        m.submodules.take = take = BytesToBeats(map)
        connect(m, take.o, network.port(name))
        if (load := self.netlist.load_map) is not None:
            self._load_first(m, load, network, take)
        else:
            m.d.comb += self.ready.eq(1)
            connect(m, flipped(self.i), take.i)
        outputs = self.netlist.output_maps
        gives = []
        for name, map in outputs.items():
            m.submodules[f"give_{name}"] = give = BeatsToBytes(map)
            connect(m, network.port(name), give.i)
            gives.append(give)
        if len(gives) == 1:
            connect(m, gives[0].o, flipped(self.o))
            return m
        lengths = [frame_bytes(map) for map in outputs.values()]
        turn = Signal(range(len(gives)))
        left = Signal(range(max(lengths)), init=lengths[0] - 1)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += left.eq(left - 1)
        with m.Switch(turn):
            for index, give in enumerate(gives):
                following = (index + 1) % len(gives)
                with m.Case(index):
                    m.d.comb += [
                        self.o.payload.eq(give.o.payload),
                        self.o.valid.eq(give.o.valid),
                        give.o.ready.eq(self.o.ready),
                    ]
                    with m.If(self.o.valid & self.o.ready & (left == 0)):
                        m.d.sync += [turn.eq(following), left.eq(lengths[following] - 1)]
        return m

    def _load_first(self, m: Module, map: Map, network: Network, take: BytesToBeats) -> None:
        """The bytes of a load to where it goes, all that follow to the images."""
        m.submodules.load = load = BytesToBeats(map)
        m.d.comb += [
            Value.cast(network.load.payload).eq(Value.cast(load.o.payload)),
            network.load.valid.eq(load.o.valid),
            load.o.ready.eq(network.load.ready),
        ]
        loaded, left = Signal(), Signal(range(frame_bytes(map)), init=frame_bytes(map) - 1)
        m.d.comb += [
            self.ready.eq(loaded),
            load.i.payload.eq(self.i.payload),
            take.i.payload.eq(self.i.payload),
            load.i.valid.eq(self.i.valid & ~loaded),
            take.i.valid.eq(self.i.valid & loaded),
            self.i.ready.eq(Mux(loaded, take.i.ready, load.i.ready)),
        ]
        with m.If(load.i.valid & load.i.ready):
            m.d.sync += [left.eq(left - 1), loaded.eq(left == 0)]


class SerialNetwork(wiring.Component):
    """The same between the wires `rx` and `tx`, `divisor` cycles a bit.

    `ready` is high while it takes images, which is after it has been loaded and while there is no break. `lost` becomes
    high when a byte came that nothing could take, and stays until a break: images then no longer begin where the sender
    thinks.
    """

    def __init__(self, netlist: Netlist, divisor: int) -> None:
        self.receiver, self.transmitter = Receiver(divisor), Transmitter(divisor)
        self.session = Session(netlist)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "ready": Out(1), "lost": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.receiver, m.submodules.transmitter = receiver, transmitter = self.receiver, self.transmitter
        m.submodules.session = ResetInserter(receiver.broken)(self.session)
        connect(m, receiver.o, self.session.i)
        connect(m, self.session.o, transmitter.i)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            self.ready.eq(self.session.ready & ~receiver.broken),
        ]
        with m.If(receiver.lost):
            m.d.sync += self.lost.eq(1)
        with m.Elif(receiver.broken):
            m.d.sync += self.lost.eq(0)
        return m
