"""The link of a build: its network behind packets, and what it says of itself."""

import binascii
from collections.abc import Mapping

from binloom.boards.identity import Identity, model_hash
from binloom.hw.link.elements import frame_bytes
from binloom.hw.link.format import VERSION
from binloom.hw.link.image_store import block_bytes
from binloom.hw.link.linked import SLOTS, Linked
from binloom.hw.link.results import result_bytes
from binloom.hw.network import Netlist


def identity_of(netlist: Netlist, manifest: Mapping, slots: int = SLOTS) -> Identity:
    """What a board with this build says of itself. ValueError where no link can feed the network."""
    if len(netlist.inputs) != 1:
        raise ValueError(f"a link feeds a network of one input, got {', '.join(netlist.inputs)}")
    (image,) = netlist.inputs.values()
    load = netlist.load_image().astype("<u2").tobytes()
    classes = manifest["classes"]
    return Identity(
        hash=model_hash(manifest),
        slots=slots,
        block=block_bytes(image),
        image_bytes=frame_bytes(image),
        result_bytes=result_bytes(netlist.output_maps),
        load_bytes=len(load),
        load_crc32=binascii.crc32(load),
        stages=len(netlist.stages),
        name=manifest["name"],
        input=(image.height, image.width, image.channels),
        outputs=tuple((name, (map.height, map.width, map.channels)) for name, map in netlist.output_maps.items()),
        classes=None if classes is None else tuple(classes),
    )


def link_of(netlist: Netlist, manifest: Mapping, slots: int = SLOTS, *, flash_at: int | None = None) -> Linked:
    """The network of a build behind its link. ValueError where there can be none.

    Where it has weights to load, and `flash_at` is given, it reads them from there in the board's flash at power-up.
    """
    told = identity_of(netlist, manifest, slots)
    at = flash_at if told.load_bytes else None
    return Linked(netlist, told.record(), told.load_crc32, slots=slots, flash_at=at)


def about(identity: Identity, line: Mapping) -> dict:
    """What a host has to know of the line before it says the first word, and of the board before it believes it."""
    return {
        "protocol": VERSION,
        **line,
        "slots": identity.slots,
        "block_bytes": identity.block,
        "image_bytes": identity.image_bytes,
        "result_bytes": identity.result_bytes,
        "load_bytes": identity.load_bytes,
        "hash": identity.hash,
    }
