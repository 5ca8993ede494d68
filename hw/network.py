"""A whole network: blocks wired into one component, forks where a stream has several readers, FIFOs at joins."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.arrays.loaded import LoadOrder, load_map
from binloom.hw.branches.fifo import Fifo
from binloom.hw.branches.fork import Fork
from binloom.hw.branches.join import Join
from binloom.hw.skid import Skid
from binloom.hw.stream import LOAD_WIDTH, Block, Map

LOAD_PORT, LOAD_ORDER = "load", "load_order"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Stage:
    """One block under a name, and the stream that each of its input ports reads (a network input or another stage).

    `depths` holds the beats of the FIFO in front of each input port; 0, or none given, means a plain wire. `cut` puts a
    Skid in front of its first port.
    """

    name: str
    block: Block | Join
    inputs: tuple[str, ...]
    depths: tuple[int, ...] = ()
    cut: bool = False

    @property
    def i_maps(self) -> tuple[Map, ...]:
        """Maps of the input ports."""
        return self.block.i_maps if isinstance(self.block, Join) else (self.block.i_map,)

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the input ports."""
        return tuple(f"i{index}" for index in range(len(self.i_maps))) if isinstance(self.block, Join) else ("i",)

    def depth(self, index: int) -> int:
        return self.depths[index] if self.depths else 0

    def fifo(self, index: int) -> str:
        """Name of the FIFO in front of an input port, where there is one."""
        return f"{self.name}_fifo" if len(self.ports) == 1 else f"{self.name}_fifo{index}"

    @property
    def reads(self) -> tuple[str, ...]:
        """What each input port is wired to: the last of a stream, its FIFO and a cut, by its name in the top module."""
        fifos = [self.fifo(index) if self.depth(index) else name for index, name in enumerate(self.inputs)]
        return (f"{self.name}_cut", *fifos[1:]) if self.cut else tuple(fifos)


@dataclass(frozen=True)
class Netlist:
    """What a network is made of, checked: names unique, stages in topological order, maps equal along every edge."""

    name: str
    inputs: Mapping[str, Map]
    stages: Sequence[Stage]
    outputs: Mapping[str, str] = field(default_factory=dict)  # output port -> the stream it shows

    def __post_init__(self) -> None:
        maps = dict(self.inputs)
        for stage in self.stages:
            if stage.name in maps:
                raise ValueError(f"names of inputs and stages must be unique, got {stage.name!r} twice")
            if len(stage.inputs) != len(stage.ports):
                raise ValueError(f"{stage.name}: block has {len(stage.ports)} inputs, got {len(stage.inputs)}")
            if stage.depths and (len(stage.depths) != len(stage.ports) or min(stage.depths) < 0):
                raise ValueError(f"{stage.name}: one depth >= 0 an input port, got {stage.depths}")
            for name, i_map in zip(stage.inputs, stage.i_maps, strict=True):
                if name not in maps:
                    raise ValueError(f"{stage.name}: reads {name!r}, which is no input and no stage before it")
                if maps[name] != i_map:
                    raise ValueError(f"{stage.name}: reads {name!r}, a stream of {maps[name]}, but takes {i_map}")
            maps[stage.name] = stage.block.o_map
        for port, name in self.outputs.items():
            if name not in maps:
                raise ValueError(f"output {port}: shows {name!r}, which is no input and no stage")
            if port in maps:
                raise ValueError(f"output {port}: an input or a stage has that name already")
        for name in (self.name, *maps, *self.outputs):
            if not NAME.fullmatch(name):
                raise ValueError(f"a name must be letters, digits and underscores, a letter first, got {name!r}")
        if unread := [name for name, count in self.readers.items() if not count]:
            raise ValueError(f"every stream must be read, got none that reads {', '.join(unread)}")

    def map_of(self, name: str) -> Map:
        """The map of a network input, a stage's stream or an output port."""
        name = self.outputs.get(name, name)
        if name in self.inputs:
            return self.inputs[name]
        return next(stage.block.o_map for stage in self.stages if stage.name == name)

    @property
    def readers(self) -> dict[str, int]:
        """How many stages and output ports read each stream."""
        reads = [name for stage in self.stages for name in stage.inputs] + list(self.outputs.values())
        return {name: reads.count(name) for name in (*self.inputs, *(stage.name for stage in self.stages))}

    @property
    def parts(self) -> list[str]:
        """Names of what stands between the stages: FIFOs, cuts and forks, and who hands out a load."""
        fifos = [stage.fifo(n) for stage in self.stages for n in range(len(stage.ports)) if stage.depth(n)]
        cuts = [f"{stage.name}_cut" for stage in self.stages if stage.cut]
        forks = [f"{name}_fork" for name, count in self.readers.items() if count > 1]
        return fifos + cuts + forks + ([LOAD_ORDER] if len(self.loaded) > 1 else [])

    @property
    def loaded(self) -> list[Stage]:
        """The stages whose words come at boot, in the order of a load."""
        return [stage for stage in self.stages if isinstance(stage.block, Block) and stage.block.load_words]

    def load_image(self) -> np.ndarray:
        """The words of a load, as uint16."""
        images = [stage.block.load_image() for stage in self.loaded]
        return np.concatenate(images) if images else np.empty(0, np.uint16)

    @property
    def load_map(self) -> Map | None:
        """The stream of a whole load; None where nothing has to be loaded."""
        words = sum(stage.block.load_words for stage in self.loaded)
        return load_map(words) if words else None

    @property
    def output_maps(self) -> dict[str, Map]:
        return {port: self.map_of(port) for port in self.outputs}


class Network(wiring.Component):
    """One stream port for each input and each output of the netlist, each stage's block a submodule under its name.

    The stream of a stage shows in the top module as `<stage>_payload`, `<stage>_valid` and `<stage>_ready`: there a
    test bench taps it. A stream with several readers goes through a fork, so that each reader takes a beat on its
    own; an output port that is never read stalls the network in the end, as every reader must take every beat.

    Where weights come at boot there is an input stream `load`. A load is what each of these blocks takes, block after
    block in the order of the stages; no frame passes such a block before its part has come. Another load may come at
    any time, also among the frames: each block then changes its weights between two frames of its own.
    With `checked`, a load that comes while `load_check` is high only reads: `load_back` shows, in the cycle after a
    word has passed, what is stored in its place.
    """

    def __init__(self, netlist: Netlist, *, checked: bool = False) -> None:
        self.netlist = netlist
        self.checked = checked
        load = netlist.load_map
        super().__init__(
            {name: In(map.signature) for name, map in netlist.inputs.items()}
            | {name: Out(map.signature) for name, map in netlist.output_maps.items()}
            | ({LOAD_PORT: In(load.signature)} if load else {})
            | ({"load_check": In(1), "load_back": Out(LOAD_WIDTH)} if load and checked else {})
        )

    def port(self, name: str):
        """The stream of an input or an output."""
        return getattr(self, name)

    def elaborate(self, platform) -> Module:
        m = Module()
        netlist = self.netlist
        sinks: dict[str, list] = {name: [] for name in netlist.inputs}
        sources = {name: self.port(name) for name in netlist.inputs}
        for stage in netlist.stages:
            m.submodules[stage.name] = stage.block
            sources[stage.name] = self._named(m, stage.name, stage.block.o)
            sinks[stage.name] = []
            for index, (name, port, map) in enumerate(zip(stage.inputs, stage.ports, stage.i_maps, strict=True)):
                sink = getattr(stage.block, port)
                if stage.cut and index == 0:
                    m.submodules[f"{stage.name}_cut"] = skid = Skid(map)
                    self._join(m, self._named(m, f"{stage.name}_cut", skid.o), sink)
                    sink = skid.i
                if depth := stage.depth(index):
                    m.submodules[stage.fifo(index)] = fifo = Fifo(map, depth)
                    self._join(m, self._named(m, stage.fifo(index), fifo.o), sink)
                    sink = fifo.i
                sinks[name].append(sink)
        for port, name in netlist.outputs.items():
            sinks[name].append(self.port(port))
        for name, readers in sinks.items():
            if len(readers) == 1:
                self._join(m, sources[name], readers[0])
            else:
                m.submodules[f"{name}_fork"] = fork = Fork(netlist.map_of(name), len(readers))
                self._join(m, sources[name], fork.i)
                for index, reader in enumerate(readers):
                    self._join(m, getattr(fork, f"o{index}"), reader)
        self._load(m, [stage.block for stage in netlist.loaded])
        return m

    def _load(self, m: Module, blocks: Sequence[Block]) -> None:
        backs = [block.load_back for block in blocks]
        if len(blocks) == 1:
            self._join(m, self.load, blocks[0].load)
        elif blocks:
            m.submodules[LOAD_ORDER] = order = LoadOrder(len(blocks))
            self._join(m, self.load, order.i)
            for index, block in enumerate(blocks):
                self._join(m, getattr(order, f"o{index}"), block.load)
                m.d.comb += [order.last[index].eq(block.load_last), getattr(order, f"back{index}").eq(block.load_back)]
            backs = [order.back]
        if blocks and self.checked:
            m.d.comb += [self.load_back.eq(backs[0]), *(block.load_check.eq(self.load_check) for block in blocks)]

    @staticmethod
    def _named(m: Module, name: str, stream) -> "_Tap":
        tap = _Tap(name, len(Value.cast(stream.payload)))
        Network._join(m, stream, tap)
        return tap

    @staticmethod
    def _join(m: Module, source, sink) -> None:
        """Wires payloads as plain vectors: reshapes only rename what a payload's fields mean."""
        m.d.comb += [
            Value.cast(sink.payload).eq(Value.cast(source.payload)),
            sink.valid.eq(source.valid),
            source.ready.eq(sink.ready),
        ]


class _Tap:
    """Three signals in the top module under the stage's name."""

    def __init__(self, name: str, width: int) -> None:
        self.payload = Signal(width, name=f"{name}_payload")
        self.valid = Signal(name=f"{name}_valid")
        self.ready = Signal(name=f"{name}_ready")
