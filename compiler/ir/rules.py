"""What a graph must be: a list of small rules, run after every pass. A graph that breaks one is our own defect.

A rule is a function that yields a complaint for each offender. `RULES` hold for every graph, `INTEGER_RULES` for the
finished one as well. Their order matters: a rule may count on those before it.
"""

from collections.abc import Callable, Iterator

import numpy as np

from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.infer import bounds, is_real
from binloom.compiler.ir.names import is_identifier
from binloom.compiler.ir.ops import (
    OPS,
    Affine,
    ArgMax,
    BitPlanes,
    Clip,
    Conv,
    Dense,
    FixedPoint,
    Input,
    Knee,
    MaxPool,
    Output,
    OvsfConv,
    PiecewiseAffine,
    Standardise,
    SumPool,
    Threshold,
)
from binloom.compiler.ir.shapes import shape_of

Complaint = tuple[str, str]  # the node, what is wrong
Rule = Callable[[Graph], Iterator[Complaint]]


def check(graph: Graph, integer: bool) -> None:
    """Raise GraphError for the first rule that the graph breaks; `integer` adds those of the finished graph."""
    for rule in (*RULES, *INTEGER_RULES) if integer else RULES:
        for node, complaint in rule(graph):
            raise GraphError(f"{graph.name}.{node}: {rule.__name__}: {complaint}", rule.__name__)


def ops_are_known(graph: Graph) -> Iterator[Complaint]:
    """Every op is in the op table."""
    for node in graph:
        if OPS.get(type(node.op).__name__) is not type(node.op):
            yield node.name, f"{type(node.op).__name__} is not in the op table"


def names_are_identifiers(graph: Graph) -> Iterator[Complaint]:
    """Names of graph and nodes become names of Verilog modules and signals."""
    for name in (graph.name, *(node.name for node in graph)):
        if not is_identifier(name):
            yield name, f"{name!r} is not an identifier that Verilog leaves free"


def names_are_unique(graph: Graph) -> Iterator[Complaint]:
    """No two nodes have one name."""
    seen: set[str] = set()
    for node in graph:
        if node.name in seen:
            yield node.name, "another node has this name"
        seen.add(node.name)


def order_is_topological(graph: Graph) -> Iterator[Complaint]:
    """A node reads only nodes that come before it."""
    seen: set[str] = set()
    for node in graph:
        for name in node.inputs:
            if name not in seen:
                yield node.name, f"reads {name!r}, which does not come before it"
        seen.add(node.name)


def arities_agree(graph: Graph) -> Iterator[Complaint]:
    """An op has as many inputs as it takes."""
    for node in graph:
        count = len(node.inputs)
        if count < 2 if node.op.arity is None else count != node.op.arity:
            wanted = "two or more" if node.op.arity is None else node.op.arity
            yield node.name, f"{type(node.op).__name__} takes {wanted} inputs, got {count}"


def input_is_one(graph: Graph) -> Iterator[Complaint]:
    """The graph has exactly one input; a second one would need a second stream of frames in step with the first."""
    if len(graph.inputs) != 1:
        names = ", ".join(node.name for node in graph.inputs) or "none"
        yield (graph.inputs[1].name if graph.inputs else graph.name), f"a graph has exactly one input, got {names}"


def outputs_exist(graph: Graph) -> Iterator[Complaint]:
    """The graph has a result."""
    if not graph.outputs:
        yield graph.name, "a graph has at least one output, got none"


def outputs_are_last(graph: Graph) -> Iterator[Complaint]:
    """Nobody reads an output."""
    for node in graph.outputs:
        for user in graph.users[node.name]:
            yield node.name, f"an output has no readers, got {user.name}"


def nothing_is_dead(graph: Graph) -> Iterator[Complaint]:
    """Every node but the outputs is read."""
    for node in graph:
        if not isinstance(node.op, Output) and not graph.users[node.name]:
            yield node.name, "nobody reads it"


def shapes_agree(graph: Graph) -> Iterator[Complaint]:
    """Each op fits its inputs, and its tensor has the shape that follows from them."""
    for node in graph:
        try:
            shape = shape_of(node.op, [source.tensor.shape for source in graph.inputs_of(node)])
        except GraphError as error:
            yield node.name, str(error)
            continue
        if min(shape) < 1:
            yield node.name, f"each side of a shape is at least 1, got {shape}"
        if shape != node.tensor.shape:
            yield node.name, f"its shape is {shape}, but its tensor says {node.tensor.shape}"


def settings_make_sense(graph: Graph) -> Iterator[Complaint]:
    """Bounds in order, shifts and factors of the right sign, k within the vector, planes and places within a number."""
    for node in graph:
        op = node.op
        if isinstance(op, Input | Clip) and op.lo > op.hi:
            yield node.name, f"lo must not exceed hi, got {op.lo} > {op.hi}"
        if isinstance(op, FixedPoint) and (op.lo > op.hi or op.step <= 0):
            yield node.name, f"lo must not exceed hi, and the step is positive, got {op.lo}, {op.hi} and {op.step}"
        if isinstance(op, Affine | Knee) and not 0 <= op.shift < 63:
            yield node.name, f"shift must lie in 0..62, got {op.shift}"
        if isinstance(op, SumPool) and (op.rows.min() < 1 or op.cols.min() < 1):
            yield node.name, "rows and cols must be at least 1"
        if isinstance(op, BitPlanes) and not 1 <= op.planes <= op.bits <= 32:
            yield node.name, f"planes must lie in 1..bits, and bits in 1..32, got {op.planes} of {op.bits}"
        if isinstance(op, Standardise) and not (2 <= op.bits <= 16 and 0 <= op.places < op.bits):
            yield node.name, f"bits must lie in 2..16, and places in 0..bits - 1, got {op.bits} and {op.places}"
        if isinstance(op, ArgMax) and op.k < 1:
            yield node.name, f"k must be at least 1, got {op.k}"


FLAGS = {(Threshold, "flip"), (MaxPool, "minimum")}
INTEGERS = {
    (Conv, "weights"),
    (Conv, "bias"),
    (Dense, "weights"),
    (Dense, "bias"),
    (OvsfConv, "coefficients"),
    (OvsfConv, "bias"),
    (Threshold, "bound"),
    (Affine, "mul"),
    (Affine, "add"),
    (SumPool, "rows"),
    (SumPool, "cols"),
}
LINES = {(Knee, field) for field in ("knee", "pos", "neg", "above", "below")}
RATIONALS = {(PiecewiseAffine, "pos"), (PiecewiseAffine, "neg")}


def arrays_have_dtypes(graph: Graph) -> Iterator[Complaint]:
    """Flags are bool; what sum pools, affines and knees hold is int64, and so are codes."""
    always = {(Affine, "mul"), (Affine, "add"), (SumPool, "rows"), (SumPool, "cols"), *LINES}
    always |= {(OvsfConv, "codes"), (OvsfConv, "places")}
    yield from _dtypes(graph, FLAGS, np.dtype(bool))
    yield from _dtypes(graph, always, np.dtype(np.int64))


def nothing_is_real(graph: Graph) -> Iterator[Complaint]:
    """The finished graph holds no real op, and no float or Fraction in an array."""
    for node in graph:
        if is_real(node.op):
            yield node.name, f"{type(node.op).__name__} is real, or holds real numbers"


def clips_are_integers(graph: Graph) -> Iterator[Complaint]:
    """The finished graph's clips have int bounds."""
    for node in graph:
        if isinstance(node.op, Clip) and not type(node.op.lo) is type(node.op.hi) is int:
            yield node.name, f"bounds must be int, got {node.op.lo!r} and {node.op.hi!r}"


def arrays_are_integers(graph: Graph) -> Iterator[Complaint]:
    """The finished graph's arrays are int64."""
    yield from _dtypes(graph, INTEGERS | RATIONALS, np.dtype(np.int64))


def _dtypes(graph: Graph, fields: set[tuple[type, str]], dtype: np.dtype) -> Iterator[Complaint]:
    for node in graph:
        for kind, field in sorted(fields, key=lambda entry: (entry[0].__name__, entry[1])):
            array = getattr(node.op, field, None) if type(node.op) is kind else None
            if array is not None and array.dtype != dtype:
                yield node.name, f"{field} must be {dtype}, got {array.dtype}"


def accumulators_fit(graph: Graph) -> Iterator[Complaint]:
    """No value needs more than 62 bits, and no border of zeros stands over bits; intervals would not exist."""
    try:
        bounds(graph)
    except GraphError as error:
        yield graph.name, str(error)


def elements_are_known(graph: Graph) -> Iterator[Complaint]:
    """Every width has been inferred; there is no default."""
    for node in graph:
        if node.tensor.element is None:
            yield node.name, "its element is missing"


def elements_hold_values(graph: Graph) -> Iterator[Complaint]:
    """Each element holds what interval arithmetic says can occur, and a bit stays a bit."""
    for name, found in bounds(graph).items():
        node: Node = graph[name]
        element = node.tensor.element
        if found is None or element is None:
            continue
        if element.bit != found.bit:
            yield name, f"its element is {element}, but its values are {found.element}"
        elif element.lo > found.element.lo or element.hi < found.element.hi:
            yield name, f"its element is {element}, too narrow for {found.element}"


def borders_are_narrow(graph: Graph) -> Iterator[Complaint]:
    """A window's border is narrower than the window; a wider one is a Pad of its own."""
    for node in graph:
        op = node.op
        if not isinstance(op, Conv | OvsfConv | MaxPool | SumPool):
            continue
        size, dilation = (op.kernel, op.dilation) if isinstance(op, Conv | OvsfConv) else (op.size, (1, 1))
        p = op.padding
        for side, both, axis in (("top + bottom", p.top + p.bottom, 0), ("left + right", p.left + p.right, 1)):
            most = (size[axis] - 1) * dilation[axis]
            if both > most:
                yield node.name, f"{side} must be at most {most} for a window of {size[axis]}, got {both}"


RULES: tuple[Rule, ...] = (
    ops_are_known,
    names_are_identifiers,
    names_are_unique,
    order_is_topological,
    arities_agree,
    input_is_one,
    outputs_exist,
    outputs_are_last,
    nothing_is_dead,
    shapes_agree,
    settings_make_sense,
    arrays_have_dtypes,
    accumulators_fit,
)

INTEGER_RULES: tuple[Rule, ...] = (
    clips_are_integers,
    nothing_is_real,
    arrays_are_integers,
    elements_are_known,
    elements_hold_values,
    borders_are_narrow,
)
