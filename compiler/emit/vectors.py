"""Test vectors of a build: a few frames, and for each output what the interpreter says of them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from binloom.compiler import npz
from binloom.compiler.emit.ports import Port, Ports
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.images import fitted, input_of
from binloom.compiler.ir.interpret import run

FRAMES = 4
SEED = 1


def frames_for(graph: Graph, images: np.ndarray | None = None) -> np.ndarray:
    """The frames (N, height, width, channels) of the vectors: the first of the images given, or seeded random ones."""
    if images is not None:
        return fitted(graph, np.asarray(images)[:FRAMES]).astype(np.int64)
    op = input_of(graph)
    return np.random.default_rng(SEED).integers(op.lo, op.hi, (FRAMES, *op.shape), np.int64, endpoint=True)


def write_vectors(folder: Path, graph: Graph, ports: Ports, frames: np.ndarray) -> None:
    """`<port>.hex` for each port, one beat a line in the order of the stream, and all as arrays in `vectors.npz`."""
    folder.mkdir()
    results = run(graph, frames)
    arrays = {ports.inputs[0].name: frames}
    _write(folder, ports.inputs[0], frames)
    for port in ports.outputs:
        arrays[port.name] = np.asarray(results[port.name])
        _write(folder, port, arrays[port.name])
    npz.write(folder / "vectors.npz", arrays)


def _write(folder: Path, port: Port, frames: np.ndarray) -> None:
    write_hex(folder / f"{port.name}.hex", port.words(port.map.to_beats(frames)), port.width)


def write_hex(file: Path, words: Iterable[int], width: int) -> None:
    """One word of that many bits a line, all of them equally long."""
    digits = -(-width // 4)
    file.write_text("".join(f"{word:0{digits}x}\n" for word in words), newline="\n")
