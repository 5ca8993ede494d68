"""Test vectors of a build: a few frames, and for each output what the interpreter says of them."""

from pathlib import Path

import numpy as np

from binloom.compiler import npz
from binloom.compiler.design.tensors import element_of
from binloom.compiler.emit.ports import Port, Ports
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run

FRAMES = 4
SEED = 1


def frames_for(graph: Graph, images: np.ndarray | None = None) -> np.ndarray:
    """The frames (N, height, width, channels) of the vectors: the first of the images given, or seeded random ones."""
    node = graph.inputs[0]
    shape, element = node.tensor.shape, element_of(node)
    if images is None:
        return np.random.default_rng(SEED).integers(element.lo, element.hi, (FRAMES, *shape), np.int64, endpoint=True)
    images = np.asarray(images)
    if images.ndim < 2 or images.size == 0 or images[0].size != np.prod(shape):
        raise InputError(f"images must have the model's input shape {shape}, got an array of shape {images.shape}")
    if images.dtype.kind not in "iub":
        raise InputError(f"images must be integers, got {images.dtype}", "give the pixels as stored, such as uint8")
    frames = images[:FRAMES].reshape(-1, *shape).astype(np.int64)
    if frames.min() < element.lo or frames.max() > element.hi:
        raise InputError(f"pixels must lie between {element.lo} and {element.hi}, got {frames.min()} to {frames.max()}")
    return frames


def write_vectors(folder: Path, graph: Graph, ports: Ports, frames: np.ndarray) -> None:
    """`<port>.hex` for each port, one beat a line in the order of the stream, and all as arrays in `vectors.npz`."""
    folder.mkdir()
    results = run(graph, frames)
    arrays = {ports.inputs[0].name: frames}
    _write_hex(folder, ports.inputs[0], frames)
    for port in ports.outputs:
        arrays[port.name] = np.asarray(results[port.name])
        _write_hex(folder, port, arrays[port.name])
    npz.write(folder / "vectors.npz", arrays)


def _write_hex(folder: Path, port: Port, frames: np.ndarray) -> None:
    digits = -(-port.width // 4)
    words = port.words(port.map.to_beats(frames))
    (folder / f"{port.name}.hex").write_text("".join(f"{word:0{digits}x}\n" for word in words), newline="\n")
