"""What the link of a build costs: cells on each family, and bytes of a line for an image.

    python bench/link.py BUILD [DEVICE ...]

The cells are those of yosys for the core that boards have, the network's own apart; devices are ice40-up5k and
ecp5-25f unless others are named.
"""

import sys
from pathlib import Path

from binloom import api
from binloom.boards import protocol
from binloom.boards.link import identity_of, link_of
from binloom.boards.top import CORE, core_verilog
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.implement.synthesis import synthesise
from binloom.compiler.targets.area import Area, area_of
from binloom.compiler.targets.boards import device
from binloom.hw.link.format import BLOCK, Place
from binloom.hw.network import Netlist

RATES = (1_000_000, 3_000_000)
BITS = 10  # of a byte on the line


def line_bytes(netlist: Netlist, manifest: dict) -> tuple[int, int]:
    """Bytes from the host for an image, and to it, acknowledgements among them; delimiters on both sides."""
    told = identity_of(netlist, manifest)
    image = bytes(range(1, 256)) * (1 + told.image_bytes // 255)  # without zeros, which COBS would make no longer
    blocks = [image[at : at + told.block] for at in range(0, told.image_bytes, told.block)]
    blocks[-1] = blocks[-1][: told.image_bytes - told.block * (len(blocks) - 1)]
    result = image[: told.result_bytes]
    there = sum(len(protocol.to_bytes(protocol.Image(1, k, data))) for k, data in enumerate(blocks))
    state = protocol.ImageState(1, Place.FILLING, bytes(-(-len(blocks) // 8)))
    back = len(blocks) * len(protocol.to_bytes(state))
    back += sum(
        len(protocol.to_bytes(protocol.Result(1, 0, result[at:][:BLOCK]))) for at in range(0, len(result), BLOCK)
    )
    return there, back


def main() -> None:
    build = api.load(Path(sys.argv[1]))
    netlist = design(build.graph, Plan.from_dict(build.manifest["plan"])).netlist
    there, back = line_bytes(netlist, dict(build.manifest))
    plain = identity_of(netlist, build.manifest).image_bytes
    print(f"an image of {plain:,} bytes: {there:,} bytes there, {back:,} back")
    for rate in RATES:
        print(f"{rate:,} baud: {rate / BITS / max(there, back):,.0f} images a second at most")
    for name in sys.argv[2:] or ["ice40-up5k", "ecp5-25f"]:
        chip = device(name)
        text = core_verilog(link_of(netlist, build.manifest), chip.family.name)
        made = synthesise({f"{CORE}.v": text}, CORE, chip.synth, timeout=3600)
        areas = {part: area_of(cells, chip.family) for part, cells in made.cells.items()}
        for part, area in sorted(areas.items()):
            print(f"{name:12} {part or 'around':10} {area.lut:5} LUT {area.ff:5} FF {area.bram:3} block RAM")
        link = sum((area for part, area in areas.items() if part != "network"), Area())
        print(f"{name:12} {'link':10} {link.lut:5} LUT {link.ff:5} FF {link.bram:3} block RAM")


if __name__ == "__main__":
    main()
