"""Images as the bytes that a board takes, and what came back as numbers: the elements in the order of the streams."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from binloom.boards.host.errors import DeviceError
from binloom.compiler.build import Build
from binloom.compiler.errors import InputError
from binloom.compiler.ir.images import fitted
from binloom.compiler.ir.ops import ArgMax
from binloom.hw.link.elements import frame_bytes, from_bytes, to_bytes
from binloom.sim.golden import logits_of
from binloom.sim.harness import map_of


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a board says of an image: every output by name, (height, width, channels), and what follows from them.

    `index` is the class, `name` its name where the build has names, `logits` the numbers that rank the classes. Each is
    None where the outputs do not give it.
    """

    outputs: Mapping[str, np.ndarray]
    logits: np.ndarray | None
    index: int | None
    name: str | None

    def __str__(self) -> str:
        if self.index is None:
            return ", ".join(f"{name} {' x '.join(map(str, map_.shape))}" for name, map_ in self.outputs.items())
        return self.name or f"class {self.index}"


class Layout:
    """The bytes of a build's images and results."""

    def __init__(self, build: Build) -> None:
        ports = build.manifest["ports"]
        if len(ports["inputs"]) != 1:
            raise InputError(f"{build.dir} has several inputs", "a board's link feeds one")
        self.graph, self.classes = build.graph, build.manifest["classes"]
        self.input = map_of(ports["inputs"][0])
        self.outputs = {port["name"]: map_of(port) for port in ports["outputs"]}
        self.sizes = {name: frame_bytes(map) for name, map in self.outputs.items()}
        sources = {node.name: self.graph.inputs_of(node)[0] for node in self.graph.outputs}
        self._ranks = [name for name, source in sources.items() if isinstance(source.op, ArgMax)]
        try:
            self.logits = logits_of(self.graph).name
        except InputError:
            self.logits = ""

    def image(self, image: np.ndarray) -> bytes:
        """One image. InputError where it is not what the model takes."""
        (whole,) = fitted(self.graph, np.asarray(image)[np.newaxis], "image")
        return to_bytes(self.input, self.input.to_beats(whole))

    def result(self, data: bytes) -> Result:
        """What a board has sent for one image."""
        if len(data) != sum(self.sizes.values()):
            raise DeviceError(f"a result of {len(data)} bytes instead of {sum(self.sizes.values())}")
        outputs, at = {}, 0
        for name, map in self.outputs.items():
            (outputs[name],) = map.to_frames(from_bytes(map, data[at : at + self.sizes[name]]))
            at += self.sizes[name]
        logits = outputs[self.logits].ravel() if self.logits else None
        if logits is not None and self.outputs[self.logits].element.bit:
            logits = 2 * logits - 1
        index = self._class(outputs, logits)
        return Result(outputs, logits, index, self.classes[index] if self.classes and index is not None else None)

    def _class(self, outputs: Mapping[str, np.ndarray], logits: np.ndarray | None) -> int | None:
        for name in self._ranks:
            if outputs[name].size == 1:
                return int(outputs[name].item())
        if logits is None:
            return None
        # A single result says no or yes by its sign.
        return int(logits[0] > 0) if len(logits) == 1 else int(logits.argmax())
