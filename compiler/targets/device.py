"""What a device has to build with, and what its family's tools call it."""

from collections.abc import Mapping
from dataclasses import dataclass

Shape = tuple[int, int]  # depth in words, width in bits


@dataclass(frozen=True, slots=True)
class Ram:
    """One kind of memory block: how many there are and how each can be laid out.

    `ports` says how many sides can be used in a cycle, each of which either reads or writes. A block that is not
    `initialised` holds nothing sensible until it has been written. `name` is what nextpnr calls it.
    """

    name: str
    count: int
    shapes: tuple[Shape, ...]
    ports: int = 2
    initialised: bool = True

    @property
    def bits(self) -> int:
        """What one block holds where all of its bits are used."""
        return max(depth * width for depth, width in self.shapes)


@dataclass(frozen=True, slots=True)
class Dsp:
    """Multipliers: how many, and how wide their two operands are, both signed."""

    name: str
    count: int
    operands: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Family:
    """The tools of a family of devices, and what their cells cost.

    `synth` is the command of yosys. `nextpnr` ends the name of the program; without one the family can be planned for,
    and not built for. The cells of a netlist are counted by the
    patterns of `cells`: "lut", "carry", "ff", "lutram", "bram" and "dsp". A LUT takes one slot, the others so many as
    `slots` says. `placed` are the cells that take LUTs in nextpnr's own count.

    `lone` is the part of the registers that takes slots of their own, for want of a LUT in front of them.

    `context` is the option for a design without pins. A family without one gets the design between shift registers
    that need three pins. `constraints` are the options with a file that ties pins to places. `output` is the one that
    writes a design for the `packer`, whose files end in `bitstream`. `whole` says that yosys cannot keep the parts of a
    design apart for it.
    """

    name: str
    synth: str
    nextpnr: str
    cells: Mapping[str, str]
    slots: Mapping[str, int]
    placed: tuple[str, ...]
    lone: float = 0.0
    context: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    output: str = ""
    packer: str = ""
    bitstream: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """One size of chip in a package. Counts are those of the open tools, which may use more of a die than is sold.

    `args` select it in nextpnr, `options` are of yosys for what only some sizes of a family have, `chip` is what a
    packer calls it, and `pins` is the content of the file of constraints for the three pins of the shift registers.
    """

    name: str
    family: Family
    luts: int
    ffs: int
    rams: tuple[Ram, ...]
    dsp: Dsp | None
    args: tuple[str, ...]
    package: str
    speed: str = ""
    options: str = ""
    chip: str = ""
    pins: str = ""

    @property
    def synth(self) -> str:
        """The command of yosys."""
        return f"{self.family.synth} {self.options}".strip()

    @property
    def loaded(self) -> int:
        """Blocks of RAM that only a load can fill."""
        return sum(ram.count for ram in self.rams if not ram.initialised)
