"""What each op of a build let pass while it ran in Verilator: the tensors of a trace, as the hardware computed them."""

import numpy as np

from binloom.sim.harness import Frames, Harness, visible
from binloom.sim.packed import unpack_bytes
from binloom.sim.simulator import Tap, Watch
from binloom.toolchain.verilator import Settings

EVERY = 1 << 40


def taps_of(harness: Harness, first: int = 0, count: int | None = None) -> tuple[Tap, ...]:
    """A tap on the stream of every op, of which `count` frames are kept from frame `first` on, by default all."""
    return tuple(
        Tap(name, map.element.width * map.lanes, first * map.beats, EVERY if count is None else count * map.beats)
        for name, map in harness.streams.items()
    )


def open_to(taps: tuple[Tap, ...], watches: tuple[Watch, ...] = ()) -> Settings:
    """How a simulator is built in which these taps and watches can be set: their streams keep their names."""
    wires = (f"{tap.name}_{wire}" for tap in taps for wire in ("payload", "valid", "ready"))
    return Settings(public=tuple(dict.fromkeys((*wires, *visible(watches)))))


def tensors(harness: Harness, run: Frames) -> dict[str, np.ndarray]:
    """Of a run with such taps each op's frames, stored (n, height, width, channels), by the node's name."""
    return {name: map.to_frames(unpack_bytes(map, run.taps[name])) for name, map in harness.streams.items()}
