"""A link in Amaranth's simulator, and a host at its other end that says one thing after the other."""

import binascii
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from amaranth.sim import Simulator

from binloom.boards import protocol
from binloom.compiler.compile import with_outputs
from binloom.compiler.design.design import design
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.ir import interpret
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_plan
from binloom.hw.link.elements import to_bytes
from binloom.hw.link.linked import Linked
from binloom.hw.network import Netlist
from tests.sim.nets import tiny

BYTE = 10  # cycles of a byte on the line: as few as a link bears
PATIENCE = 20_000  # cycles until an answer that does not come is given up


def network(output: str = "logits", storage: str = "logic", cycles: int = 400) -> tuple[Graph, Netlist]:
    graph = with_outputs(tiny(), output)
    plan = default_plan(graph, cycles)
    folds = {**plan.folds, "dense": replace(plan.folds["dense"], storage=storage)}
    return graph, design(graph, replace(plan, folds=folds)).netlist


def load_of(netlist: Netlist) -> bytes:
    return netlist.load_image().astype("<u2").tobytes()


def link(netlist: Netlist, record: bytes = b"a record", **options) -> Linked:
    return Linked(netlist, record, binascii.crc32(load_of(netlist)), **options)


def image_of(netlist: Netlist, image: np.ndarray) -> bytes:
    (map,) = netlist.inputs.values()
    return to_bytes(map, map.to_beats(image))


def results_of(graph: Graph, netlist: Netlist, images: np.ndarray) -> list[bytes]:
    """What the interpreter says, as bytes."""
    found = interpret.run(graph, images)
    ports = ports_of(netlist).outputs
    return [
        b"".join(to_bytes(port.map, port.map.to_beats(found[port.name][index])) for port in ports)
        for index in range(len(images))
    ]


class Talk:
    """What a test says to a link: `say` packets or bytes, `hear` what comes back."""

    def __init__(self, dut: Linked, ctx, heard: list[protocol.Reply], clock: list[int]) -> None:
        self.dut, self.ctx, self.heard, self.clock = dut, ctx, heard, clock

    async def say(self, *told: protocol.Request | bytes) -> None:
        for each in told:
            for byte in each if isinstance(each, bytes) else protocol.to_bytes(each):
                self.ctx.set(self.dut.i.payload, byte)
                self.ctx.set(self.dut.i.valid, 1)
                *_, ready = await self.ctx.tick().sample(self.dut.i.ready)
                assert ready, "a byte had to wait"
                self.ctx.set(self.dut.i.valid, 0)
                await self.ctx.tick().repeat(BYTE - 1)

    async def hear(self, count: int = 1) -> list[protocol.Reply]:
        end = self.clock[0] + PATIENCE
        while len(self.heard) < count:
            assert self.clock[0] < end, f"{count} answers were to come, got {self.heard}"
            await self.ctx.tick()
        got = self.heard[:count]
        del self.heard[:count]
        return got

    async def ask(self, request: protocol.Request) -> protocol.Reply:
        await self.say(request)
        (reply,) = await self.hear()
        return reply

    async def load(self, data: bytes) -> protocol.Reply:
        for block in range(-(-len(data) // 256)):
            reply = await self.ask(protocol.Load(block, block, data[256 * block :][:256]))
        return reply


def talk(dut: Linked, script: Callable, stall: Sequence[int] = (1,), *others: Callable) -> list[protocol.Reply]:
    """Run a script, `async def script(talk)`. Its line takes a byte in the cycles that `stall` says, again and again.
    Gives the answers that the script has not heard, until nothing has come for a while. `others` are testbenches that
    run beside it."""
    heard: list[protocol.Reply] = []
    clock = [0]

    async def sink(ctx):
        reader = protocol.Reader()
        while True:
            ctx.set(dut.o.ready, stall[clock[0] % len(stall)])
            *_, valid, ready, byte = await ctx.tick().sample(dut.o.valid, dut.o.ready, dut.o.payload)
            clock[0] += 1
            if valid and ready:
                heard.extend(map(protocol.reply_of, reader.feed(bytes([byte]))))
                assert not reader.noise

    async def bench(ctx):
        await script(Talk(dut, ctx, heard, clock))
        await ctx.tick().repeat(3000)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(sink, background=True)
    for other in others:
        simulator.add_testbench(other, background=True)
    simulator.add_testbench(bench)
    simulator.run()
    return heard
