"""How much of each op is hardware: the fold of one op, and the plan of a whole graph."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import lcm

from binloom.compiler.design.places import patch_places
from binloom.compiler.design.planes import regions
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Affine, Conv, Dense, Input, OvsfConv, Reshape, Shape, ShiftAdd
from binloom.hw.arrays.matrix import weight_element
from binloom.hw.elementwise.scaled import MULTIPLY
from binloom.hw.elementwise.shift_add import lanes_fit
from binloom.hw.ovsf.codes import split
from binloom.hw.weights import STORAGES

# What a convolution of codes can do without: its kernel, or that all of it is there at once.
KERNELS = ("stored", "transformed", "generated")
SHARES = (0, 50, 100)  # percent
# How the equal bits of an array over bits are counted where a device has carry chains for it.
POPCOUNTS = CHAINS, COUNTED = "chains", "luts"


@dataclass(frozen=True, slots=True)
class Fold:
    """How one op spreads over time.

    lanes: channels that enter the op in a cycle (for an Input: that its port carries).
    simd, pe: of a Conv or Dense, the inputs and the outputs of one matrix product that are worked on in a cycle.
    parallel: of a grouped Conv, the groups that are worked on side by side.
    storage: of a Conv or Dense, where its weights live: "logic" (lookup tables), "rom" (block RAM that the bitstream
    fills) or "ram" (memory that a load fills at boot).
    pixels: of a Conv, the neighbouring output positions, row-major, that share each weight that is fetched.
    planes: in how many planes, one after the other, the channels travel; the same for all nodes of a region (see
    `design/planes.py`), whose first keeps the frame that they are taken from. lanes and parallel are then of a plane.
    kernel: of an OvsfConv, whether it is "stored" as any convolution's, each patch is "transformed", or it is
    "generated" of its codes, `pe` filters at a time; storage is then that of the coefficients.
    codes: of an OvsfConv that is not stored, the codes that are worked on in a cycle.
    multiply: of an Affine, whether its products may take multipliers ("dsp") or are additions alone ("logic").
    popcount: of a Conv or Dense of bits, whether an ECP5 counts equal bits in carry "chains" or in "luts", which are
    more, and easier to find ways for.
    share: of an OvsfConv that is generated, the percentage of its codes that are stored as well.
    """

    lanes: int = 1
    simd: int = 1
    pe: int = 1
    parallel: int = 1
    storage: str = "logic"
    pixels: int = 1
    planes: int = 1
    kernel: str = "stored"
    codes: int = 1
    share: int = 0
    multiply: str = "dsp"
    popcount: str = CHAINS

    def __post_init__(self) -> None:
        for name in ("lanes", "simd", "pe", "parallel", "pixels", "planes", "codes"):
            if getattr(self, name) < 1:
                raise InputError(f"a fold's {name} must be at least 1, got {getattr(self, name)}")
        if self.kernel not in KERNELS:
            raise InputError(f"a fold's kernel must be one of {', '.join(KERNELS)}, got {self.kernel!r}")
        if self.share not in SHARES or (self.share and self.kernel != "generated"):
            raise InputError(f"a fold's share must be 0, or 50 or 100 of a generated kernel, got {self.share}")
        if self.popcount not in POPCOUNTS:
            raise InputError(f"a fold's popcount must be one of {', '.join(POPCOUNTS)}, got {self.popcount!r}")
        if self.multiply not in MULTIPLY:
            raise InputError(f"a fold's multiply must be one of {', '.join(MULTIPLY)}, got {self.multiply!r}")
        if self.storage not in STORAGES:
            raise InputError(f"a fold's storage must be one of {', '.join(STORAGES)}, got {self.storage!r}")

    def told(self, weighted: bool) -> str:
        """In a few words: what is more than one of and, of an op with weights, where they are."""
        times = " \N{MULTIPLICATION SIGN} "
        if weighted:
            sides = [self.simd, self.pe] + [self.parallel] * (self.parallel > 1)
            words = times.join(map(str, sides))
            words += f" at {self.pixels} pixels" if self.pixels > 1 else ""
            words += f" in {self.storage}"
            words += f", {self.kernel}, {self.codes} codes" if self.kernel != "stored" else ""
            words += f", {self.share}% stored" if self.share else ""
            words += ", counted in luts" if self.popcount != CHAINS else ""
        else:
            words = f"{self.lanes} lane{'s' if self.lanes > 1 else ''}"
            words += ", no multiplier" if self.multiply == "logic" else ""
        return f"{words}, {self.planes} planes" if self.planes > 1 else words


@dataclass(frozen=True)
class Plan:
    """The fold of each node, the FIFO in front of each input of each joining stage, and the cycles a frame aimed at."""

    folds: Mapping[str, Fold]
    depths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    cycles: int = 0

    def to_dict(self) -> dict:
        """Plain values, for the manifest."""
        return {
            "cycles": self.cycles,
            "folds": {name: asdict(fold) for name, fold in self.folds.items()},
            "depths": {name: list(depths) for name, depths in self.depths.items()},
        }

    @classmethod
    def from_dict(cls, plain: Mapping) -> "Plan":
        folds = {name: Fold(**fold) for name, fold in plain["folds"].items()}
        return cls(folds, {name: tuple(depths) for name, depths in plain["depths"].items()}, plain["cycles"])


def check_plan(graph: Graph, plan: Plan) -> None:
    """InputError where a node has no fold, or one that breaks a rule of its op."""
    missing = [node.name for node in graph if node.name not in plan.folds]
    if unknown := sorted(set(plan.folds) - set(graph.by_name)):
        there = f"call it {missing[0]}, which has none" if missing else "leave it out"
        raise InputError(f"the plan has a fold for {unknown[0]}, which is not in the graph", there)
    if missing:
        raise InputError(f"the plan has no fold for {missing[0]}", f"give it one, [ops.{missing[0]}] in a file")
    for node in graph:
        check_fold(node, plan.folds[node.name], tuple(n.tensor.shape for n in graph.inputs_of(node)))
    _check_planes(graph, {name: fold.planes for name, fold in plan.folds.items()})


def _check_planes(graph: Graph, planes: dict[str, int]) -> None:
    """InputError where nodes in planes are no whole region, or one that cannot go in so many."""
    known = {region.nodes[0]: region for region in regions(graph)} if max(planes.values()) > 1 else {}
    checked: set[str] = set()
    for node in graph:
        count = planes[node.name]
        if count == 1 or node.name in checked:
            continue
        if node.name not in known:
            raise InputError(
                f"{node.name}: planes must be 1, as no region that can go in planes starts here, got {count}"
            )
        region = known[node.name]
        if count not in region.counts:
            counts = ", ".join(map(str, region.counts))
            raise InputError(f"{node.name}: planes must be 1 or one of {counts}, got {count}")
        for name in region.nodes:
            if planes[name] != count:
                raise InputError(f"{name}: planes must be those of {node.name} ({count}), got {planes[name]}")
        checked.update(region.nodes)


def check_fold(node: Node, fold: Fold, shapes: tuple[Shape, ...]) -> None:
    """InputError naming the node and the rule that its fold breaks."""
    for shape in shapes or (node.tensor.shape,):
        image = fold.planes > 1 and shape[:2] != (1, 1) and not isinstance(node.op, Conv)
        if image:
            _divides(node, "planes", fold.planes, "its channels", shape[2])
            _divides(node, "lanes", fold.lanes, "the channels of a plane", shape[2] // fold.planes)
        else:
            _divides(node, "lanes", fold.lanes, "its channels", shape[2])
    if isinstance(node.op, Conv):
        _check_conv(node, node.op, fold, shapes[0])
    elif isinstance(node.op, OvsfConv) and fold.kernel == "stored":
        _check_conv(node, node.op.plain, fold, shapes[0])
    elif isinstance(node.op, OvsfConv):
        _check_ovsf(node, node.op, fold, shapes[0])
    elif isinstance(node.op, Dense):
        _divides(node, "simd", fold.simd, "its inputs", shapes[0][2])
        _divides(node, "pe", fold.pe, "its outputs", node.tensor.shape[2])
        _equal(node, "lanes", fold.lanes, "simd", fold.simd)
        _check_ram(node, fold, node.op.weights.size)
    elif not isinstance(node.op, Input):
        _equal(node, "simd", fold.simd, "1, having no weights", 1)
        _equal(node, "pe", fold.pe, "1, having no weights", 1)
    if isinstance(node.op, Reshape):
        _divides(node, "lanes", fold.lanes, "its channels before and after", node.tensor.shape[2])
    if isinstance(node.op, ShiftAdd) and not lanes_fit(fold.lanes, node.op.planes, node.op.filters):
        raise InputError(
            f"{node.name}: lanes must divide its {node.op.filters} filters, or hold whole planes that divide the"
            f" {node.op.planes} of a channel or whole channels, got {fold.lanes}"
        )
    if not isinstance(node.op, OvsfConv) or fold.kernel == "stored":
        _equal(node, "codes", fold.codes, "1, no code being worked on", 1)
    if not isinstance(node.op, OvsfConv) and fold.kernel != "stored":
        raise InputError(f"{node.name}: kernel must be stored, being no sum of codes, got {fold.kernel}")
    if not isinstance(node.op, Affine) and fold.multiply != "dsp":
        raise InputError(f"{node.name}: multiply must be 'dsp', being no affine, got {fold.multiply!r}")
    if fold.popcount != CHAINS and not (isinstance(node.op, Conv | Dense) and weight_element(node.op.weights).bit):
        raise InputError(f"{node.name}: popcount must be {CHAINS}, there being no weights of bits, got {fold.popcount}")
    if not isinstance(node.op, Conv):
        _equal(node, "parallel", fold.parallel, "1, having no groups", 1)
    if not isinstance(node.op, Conv | OvsfConv):
        _equal(node, "pixels", fold.pixels, "1, being no convolution", 1)


def _check_conv(node: Node, op: Conv, fold: Fold, shape: Shape) -> None:
    group = shape[2] // op.groups
    taps = op.kernel[0] * op.kernel[1]
    groups = lcm(op.groups, fold.planes)  # in more planes than groups each group passes several times
    _divides(node, "planes", fold.planes, "its outputs", node.tensor.shape[2])
    outputs = node.tensor.shape[2] // groups
    _check_ram(node, fold, op.weights.size)
    _divides(node, "simd", fold.simd, "the inputs of a group's kernel", taps * group)
    _divides(node, "pe", fold.pe, "the outputs of a group", outputs)
    _divides(node, "pixels", fold.pixels, "its output positions", node.tensor.shape[0] * node.tensor.shape[1])
    if fold.planes > 1:
        _equal(node, "pixels", fold.pixels, "1 in planes", 1)
    if fold.parallel == 1:
        _divides(node, "lanes", fold.lanes, "the channels of a group", group)
    else:
        _divides(node, "parallel", fold.parallel, "its groups", groups // fold.planes)
        _equal(node, "lanes", fold.lanes, "parallel times the channels of a group", fold.parallel * group)
        _equal(node, "simd", fold.simd, "the whole of a group's kernel, groups being side by side", taps * group)
        _equal(node, "pe", fold.pe, "all outputs of a group, groups being side by side", outputs)


def _check_ovsf(node: Node, op: OvsfConv, fold: Fold, shape: Shape) -> None:
    channels = op.places.shape[2]
    count, outputs = op.coefficients.shape
    _divides(node, "lanes", fold.lanes, "its channels", channels)
    _divides(node, "simd", fold.simd, "the inputs of its kernel", op.places.size)
    _divides(node, "codes", fold.codes, "its codes", count)
    _divides(node, "pe", fold.pe, "its outputs", outputs)
    _equal(node, "pixels", fold.pixels, f"1, its kernel being {fold.kernel}", 1)
    if fold.simd < op.places.size and split(patch_places(op, fold.lanes, fold.simd)) is None:
        raise InputError(
            f"{node.name}: simd must be the whole of its kernel ({op.places.size}), as the places of its codes "
            f"do not fall apart into beats and lanes, got {fold.simd}"
        )
    if fold.kernel == "generated":
        _divides(node, "codes", fold.codes, "its stored codes", count * fold.share // 100)
        if fold.pe == outputs or count * fold.share % 100:
            raise InputError(
                f"{node.name}: a generated kernel takes several turns of pe, and a whole number of stored codes"
            )
        if min(shape[0] * shape[1], node.tensor.shape[0] * node.tensor.shape[1]) == 1:
            raise InputError(f"{node.name}: kernel must not be generated, as each weight would be used only once")
        if fold.storage == "ram":
            raise InputError(f"{node.name}: coefficients of a generated kernel must be in logic or rom, got ram")
    elif fold.storage == "ram" and fold.codes * fold.pe == op.coefficients.size:
        raise InputError(f"{node.name}: coefficients that all meet in one cycle are constants, and cannot be in ram")


def _check_ram(node: Node, fold: Fold, weights: int) -> None:
    if fold.storage == "ram" and fold.simd * fold.pe * fold.parallel == weights:
        raise InputError(f"{node.name}: weights that all meet in one cycle are constants, and cannot be in ram")


def _divides(node: Node, what: str, value: int, whole: str, total: int) -> None:
    if total % value:
        raise InputError(f"{node.name}: {what} must divide {whole} ({total}), got {value}")


def _equal(node: Node, what: str, value: int, rule: str, wanted: int) -> None:
    if value != wanted:
        raise InputError(f"{node.name}: {what} must be {rule} ({wanted}), got {value}")
