"""The file of weights that come at boot, and what a manifest says of it: which words, for whom, in which order."""

import binascii
from pathlib import Path

import numpy as np

from binloom.compiler.design.design import Design
from binloom.compiler.emit.vectors import write_hex
from binloom.hw.network import LOAD_PORT
from binloom.hw.stream import LOAD_WIDTH

FILE = "weights.hex"
ORDER = (
    "stores one after the other as listed; each word of a store in turn, in as many words of the load as hold it, the "
    "lowest bits first; as bytes, the low one of a word first"
)


def loads(design: Design) -> dict | None:
    """Plain values: where the words lie, and the checksums (CRC-32 of the bytes) of all and of each store's part."""
    if not design.netlist.loaded:
        return None
    stores, first = [], 0
    for stage in design.netlist.loaded:
        image = stage.block.load_image()
        stores.append(
            {
                "op": design.node_of(stage.name),
                "block": stage.name,
                "first": first,
                "words": len(image),
                "depth": stage.block.words,
                "bits": stage.block.word_width,
                "crc32": checksum(image),
            }
        )
        first += len(image)
    return {
        "file": FILE,
        "port": LOAD_PORT,
        "width": LOAD_WIDTH,
        "words": first,
        "crc32": checksum(design.netlist.load_image()),
        "order": ORDER,
        "stores": stores,
    }


def write_load(folder: Path, design: Design) -> None:
    """`weights.hex`: a word of the load a line, in the order in which they are sent. No file where there is no load."""
    if design.netlist.loaded:
        write_hex(folder / FILE, design.netlist.load_image().tolist(), LOAD_WIDTH)


def read_load(file: Path) -> np.ndarray:
    """The words of such a file, as uint16."""
    return np.array([int(line, 16) for line in file.read_text(encoding="ascii").split()], np.uint16)


def checksum(image: np.ndarray) -> str:
    """CRC-32, as in zlib and Ethernet, of the words as bytes."""
    return f"{binascii.crc32(image.astype('<u2').tobytes()):08x}"
