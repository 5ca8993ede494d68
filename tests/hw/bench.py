"""One bench for every hardware block: random frames in, its own model as the definition, stalls on both sides."""

from collections.abc import Collection

import numpy as np
import pytest

from binloom.hw.stream import Map
from binloom.sim import pysim, verilator
from binloom.sim.beats import pack, unpack
from binloom.sim.pysim import Run

ENGINES = {"pysim": pysim.simulate, "verilator": verilator.simulate}


def on_engines(cases: Collection, quick: Collection = ()) -> list:
    """(case, engine) for each case: in Amaranth's simulator always, in Verilator at once where `quick` has it.

    A case that `quick` leaves out costs seconds of a C++ compiler, and is one of the slow tests.
    """
    assert set(quick) <= set(cases), set(quick) - set(cases)
    return [
        pytest.param(case, engine, id=f"{_words(case)}-{engine}", marks=pytest.mark.slow if engine == slow else ())
        for case in cases
        for slow in [None if case in quick else "verilator"]
        for engine in ENGINES
    ]


def _words(case) -> str:
    return " ".join(map(str, case)) if isinstance(case, tuple) else str(case)


def input_maps(block) -> dict[str, Map]:
    """Each input port and its map: `i`, or `i0`, `i1`, ... for a block that has `i_maps`."""
    maps = getattr(block, "i_maps", None)
    return {"i": block.i_map} if maps is None else {f"i{number}": map for number, map in enumerate(maps)}


def output_maps(block) -> dict[str, Map]:
    """Each output port and its map: `o`, or `o0`, `o1`, ... for a block that has `o_maps`."""
    maps = getattr(block, "o_maps", None)
    return {"o": block.o_map} if maps is None else {f"o{number}": map for number, map in enumerate(maps)}


def random_beats(map: Map, frames: int, rng: np.random.Generator) -> np.ndarray:
    """Stored beats of whole frames. A third of the numbers lie on the element's bounds, where overflows hide."""
    shape = (frames * map.beats, map.lanes)
    lo, hi = (0, 1) if map.element.bit else (map.element.lo, map.element.hi)
    values = rng.integers(lo, hi, shape, np.int64, endpoint=True)
    return np.where(rng.random(shape) < 1 / 3, rng.choice([lo, hi], shape), values)


def run(block, frames: int, *, stall: float, seed: int, engine: str) -> tuple[Run, dict[str, np.ndarray]]:
    """Simulate `frames` random frames. Returns what happened and what each output port should have delivered."""
    rng = np.random.default_rng(seed)
    inputs = {port: random_beats(map, frames, rng) for port, map in input_maps(block).items()}
    outputs = output_maps(block)
    expected = block.model(*inputs.values())
    wanted = dict(zip(outputs, expected if isinstance(expected, tuple) else (expected,), strict=True))
    work = sum(map.beats for map in (*input_maps(block).values(), *outputs.values())) + block.cycles + block.latency
    result = ENGINES[engine](
        block,
        {port: pack(map, inputs[port]) for port, map in input_maps(block).items()},
        {port: frames * map.beats for port, map in outputs.items()},
        stall=stall,
        seed=seed,
        limit=1000 + 10 * frames * work,
    )
    return result, wanted


def check_block(block, frames: int = 3, *, stalls: tuple[float, ...] = (0.0, 0.4), seed: int = 1, engine="pysim"):
    """Demand that the circuit delivers exactly what `block.model()` says, whatever the stalls."""
    for stall in stalls:
        result, wanted = run(block, frames, stall=stall, seed=seed, engine=engine)
        for port, map in output_maps(block).items():
            got, want = unpack(map, result.payloads[port]), np.asarray(wanted[port])
            assert got.shape == want.shape, f"{port}: the model gives {want.shape}, the circuit {got.shape}"
            wrong = np.argwhere(got != want)
            if len(wrong):
                beat, lane = wrong[0]
                frame, index = divmod(int(beat), map.beats)
                raise AssertionError(
                    f"{port}, seed {seed}, stall {stall}, {engine}: {len(wrong)} of {got.size} elements differ, "
                    f"first in frame {frame} beat {index} lane {lane}: "
                    f"got {got[beat, lane]}, expected {want[beat, lane]}"
                )


def measure(block, frames: int = 4, *, seed: int = 1, engine="pysim"):
    """Demand, free running, the stated latency and cycles a frame, and no output before what `needs()` asks for."""
    result, _ = run(block, frames, stall=0.0, seed=seed, engine=engine)
    needs = block.needs()
    needs = dict(
        zip(input_maps(block), needs if isinstance(needs, tuple) else (needs,) * len(result.accepted), strict=True)
    )
    for port, map in output_maps(block).items():
        seen = np.array(result.cycles[port]).reshape(frames, map.beats)
        complete = np.zeros_like(seen)
        for source, i_map in input_maps(block).items():
            # A run ends with the last output, which the last inputs may come behind.
            accepted = np.zeros(frames * i_map.beats, np.int64)
            accepted[: len(result.accepted[source])] = result.accepted[source]
            accepted = accepted.reshape(frames, i_map.beats)
            needed = np.asarray(needs[source])
            complete = np.maximum(complete, np.where(needed > 0, accepted[:, np.maximum(needed, 1) - 1], 0))
        delay = seen - complete
        first = int(np.argmax(np.minimum.reduce([np.asarray(needs[source]) for source in needs]) > 0))
        assert delay[0, first] == block.latency, f"{port}: latency {delay[0, first]}, stated {block.latency}"
        early = np.argwhere(delay < min(block.latency, 1))
        assert not len(early), (
            f"{port}: beat (frame, index) {early[0]} comes before needs() allows, by {delay.min()} cycles"
        )
        intervals = np.diff(seen[:, -1])[1:]
        assert (intervals == block.cycles).all(), f"{port}: {intervals} cycles a frame, stated {block.cycles}"
