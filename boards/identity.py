"""What a board says of itself: the record that its memory holds, and that a host compares with its build."""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from binloom.hw.link.format import BLOCK, VERSION

FIXED = "<BBHIIIIHH32s"  # what a host without a JSON reader needs
NAMES_LIMIT = 512  # bytes of a record that names its classes: one block RAM of an iCE40


class Foreign(ValueError):
    """A record that this host cannot read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The record of docs/link.md. `outputs` are name and shape of each; `classes` are names, or only their number."""

    hash: str
    slots: int
    block: int
    image_bytes: int
    result_bytes: int
    load_bytes: int
    load_crc32: int
    stages: int
    name: str
    input: tuple[int, ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    classes: tuple[str, ...] | int | None

    @property
    def image_blocks(self) -> int:
        return -(-self.image_bytes // self.block)

    @property
    def result_blocks(self) -> int:
        return -(-self.result_bytes // BLOCK)

    @property
    def load_blocks(self) -> int:
        return -(-self.load_bytes // BLOCK)

    def record(self) -> bytes:
        """As the board holds it; without the classes' names where it would be longer than a block RAM."""
        whole = self._record(self.classes)
        if len(whole) > NAMES_LIMIT and isinstance(self.classes, tuple):
            return self._record(len(self.classes))
        return whole

    def _record(self, classes: tuple[str, ...] | int | None) -> bytes:
        told = {"name": self.name, "input": self.input, "outputs": self.outputs, "classes": classes}
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        sizes = (self.image_bytes, self.result_bytes, self.load_bytes, self.load_crc32)
        length = struct.calcsize(FIXED) + len(text)
        fixed = (VERSION, self.slots, self.block, *sizes, self.stages, length, bytes.fromhex(self.hash))
        return struct.pack(FIXED, *fixed) + text

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """The inverse. Foreign where it is of another version, or damaged."""
        if not record or record[0] != VERSION:
            raise Foreign(f"a board of protocol {record[0] if record else 'none'}, where {VERSION} is known")
        try:
            (_, slots, block, image, result, load, crc32, stages, length, digest) = struct.unpack_from(FIXED, record)
            if len(record) != length:
                raise ValueError(f"{len(record)} bytes of {length}")
            told = json.loads(record[struct.calcsize(FIXED) :])
            classes = told["classes"]
            return cls(
                digest.hex(),
                slots,
                block,
                image,
                result,
                load,
                crc32,
                stages,
                told["name"],
                tuple(told["input"]),
                tuple((name, tuple(shape)) for name, shape in told["outputs"]),
                tuple(classes) if isinstance(classes, list) else classes,
            )
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise Foreign(f"a damaged identity record ({error})") from None


def model_hash(manifest: Mapping) -> str:
    """What tells one model from another: a SHA-256 over the hashes of the two files that hold the integer graph."""
    files = manifest["files"]
    return hashlib.sha256("".join(files[name] for name in ("graph.json", "graph.npz")).encode()).hexdigest()
