"""Runs one component in Amaranth's own simulator: beats in, beats out, random stalls on both sides."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

from binloom.sim.failures import ProtocolError, Stuck


@dataclass
class Run:
    """What came out of each output port, and in which cycle each beat passed; the first cycle after reset is 1."""

    payloads: dict[str, list[int]] = field(default_factory=dict)
    cycles: dict[str, list[int]] = field(default_factory=dict)
    accepted: dict[str, list[int]] = field(default_factory=dict)


def simulate(
    dut: wiring.Component,
    inputs: Mapping[str, Sequence[int]],
    counts: Mapping[str, int],
    *,
    stall: float = 0.0,
    seed: int = 0,
    limit: int = 100_000,
    load: Sequence[int] = (),
) -> Run:
    """Feed `inputs[port]` payloads to each input stream and collect `counts[port]` beats of each output stream.

    `stall` is the share of cycles in which a source holds its valid low and a sink its ready. `limit` cycles at most.
    What `load` holds goes to the stream of that name before everything else, and cycles count from there.
    """
    run = Run({port: [] for port in counts}, {port: [] for port in counts}, {port: [] for port in inputs})
    clock = [0]
    loading = [bool(len(load))]

    async def count(ctx):
        while True:
            await ctx.tick()
            clock[0] += 1

    async def pour(ctx, port: str, payloads: Sequence[int], accepted: list[int]):
        stream, rng = getattr(dut, port), random.Random(f"{seed} source {port}")
        for payload in payloads:
            while rng.random() < stall:
                await ctx.tick()
            ctx.set(Value.cast(stream.payload), payload)
            ctx.set(stream.valid, 1)
            while True:
                _, _, ready = await ctx.tick().sample(stream.ready)
                if ready:
                    break
            accepted.append(clock[0])
            ctx.set(stream.valid, 0)

    async def load_first(ctx):
        await pour(ctx, "load", load, [])
        loading[0] = False
        clock[0] = 0

    def source(port: str, payloads: Sequence[int]):
        async def process(ctx):
            while loading[0]:
                await ctx.tick()
            await pour(ctx, port, payloads, run.accepted[port])

        return process

    def sink(port: str, number: int):
        stream, rng = getattr(dut, port), random.Random(f"{seed} sink {port}")
        held: list[int] = []

        async def process(ctx):
            while len(run.payloads[port]) < number:
                ready = rng.random() >= stall
                ctx.set(stream.ready, ready)
                _, _, valid, payload = await ctx.tick().sample(stream.valid, Value.cast(stream.payload))
                if held and (not valid or payload != held[0]):
                    raise ProtocolError(
                        f"{port}: valid or payload changed before the beat was accepted, cycle {clock[0]}"
                    )
                held[:] = [payload] if valid and not ready else []
                if valid and ready:
                    run.payloads[port].append(payload)
                    run.cycles[port].append(clock[0])
            ctx.set(stream.ready, 0)

        return process

    async def finish(ctx):
        while any(len(run.payloads[port]) < number for port, number in counts.items()):
            await ctx.tick()
            if clock[0] > limit:
                got = {port: f"{len(run.payloads[port])} of {number}" for port, number in counts.items()}
                raise Stuck(f"stuck after {limit} cycles: beats delivered {got}")

    top = Module()
    top.domains.sync = ClockDomain()  # a component without a register brings none
    top.submodules.dut = dut
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_process(count)
    if loading[0]:
        simulator.add_testbench(load_first, background=True)
    for port, payloads in inputs.items():
        simulator.add_testbench(source(port, payloads), background=True)
    for port, number in counts.items():
        simulator.add_testbench(sink(port, number), background=True)
    simulator.add_testbench(finish)
    simulator.run()
    return run
