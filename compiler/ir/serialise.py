"""A graph as two files: `graph.json`, one node a line, to be read by people, and `graph.npz` with its arrays.

Arrays are kept in the narrowest integer dtype that holds them, beside the dtype to give back; Fractions as text. The
same graph gives the same bytes on every machine.
"""

import hashlib
import json
import re
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np

from binloom.compiler import npz
from binloom.compiler.errors import InputError
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.ops import OPS, Fill, Op, Padding, Shape
from binloom.compiler.ir.rules import check
from binloom.hw.element import BIT, Element

FORMAT, VERSION = "binloom graph", 1

REMEDY = "compile the model again"

DTYPES = ("bool", "int8", "int16", "int32", "int64", "float32", "float64")

SIDES = ("top", "bottom", "left", "right")

RATIONAL = re.compile(r"-?[0-9]+(/[0-9]+)?")

# A graph of thousands of nodes is a few megabytes; what is larger is not one of ours.
TEXT_LIMIT = 64 << 20


def save(graph: Graph, folder: Path) -> None:
    """Write graph.json and graph.npz into a folder that exists."""
    text, arrays = encoded(graph)
    (folder / "graph.json").write_text(text, encoding="utf-8", newline="\n")
    npz.write(folder / "graph.npz", arrays)


def digest(graph: Graph) -> str:
    """SHA-256 of what `save` writes: equal for equal graphs only."""
    text, arrays = encoded(graph)
    return hashlib.sha256(text.encode() + npz.packed(arrays)).hexdigest()


def load(folder: Path) -> Graph:
    """The graph that `save` wrote; InputError for files that are damaged, foreign or of another version."""
    path = Path(folder) / "graph.json"
    try:
        if path.stat().st_size > TEXT_LIMIT:
            raise InputError(f"{path} is larger than any graph", REMEDY)
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist", "give a folder that `binloom compile` made") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a graph ({error})", REMEDY) from None
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise InputError(f"{path} is not a graph", "give a folder that `binloom compile` made")
    if stored.get("version") != VERSION:
        raise InputError(f"{path} has version {stored.get('version')}, this binloom reads version {VERSION}", REMEDY)
    with npz.Archive(Path(folder) / "graph.npz") as archive:
        try:
            nodes = tuple(_node(entry, archive) for entry in stored["nodes"])
            graph = Graph(str(stored["name"]), nodes, dict(stored["meta"]))
            check(graph, integer=False)
        except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, GraphError) as error:
            raise InputError(f"{path} is damaged ({error})", REMEDY) from None
    return graph


def encoded(graph: Graph) -> tuple[str, dict[str, np.ndarray]]:
    """The text of graph.json and the arrays of graph.npz."""
    arrays: dict[str, np.ndarray] = {}
    nodes = [json.dumps(_entry(node, arrays), allow_nan=False) for node in graph]
    meta = json.dumps(graph.meta, allow_nan=False, indent=1)
    if json.loads(meta) != graph.meta:
        raise GraphError(f"{graph.name}: meta must be plain JSON values, got {graph.meta}")
    head = f'"format": {json.dumps(FORMAT)},\n"version": {VERSION},\n"name": {json.dumps(graph.name)},\n'
    return "{\n" + head + f'"meta": {meta},\n"nodes": [\n' + ",\n".join(nodes) + "\n]\n}\n", arrays


def _entry(node: Node, arrays: dict[str, np.ndarray]) -> dict[str, object]:
    entry: dict[str, object] = {"name": node.name, "op": type(node.op).__name__, "inputs": list(node.inputs)}
    for field in fields(node.op):
        entry[field.name] = _value(getattr(node.op, field.name), f"{node.name}.{field.name}", arrays)
    element = node.tensor.element
    kept = None if element is None else "bit" if element.bit else [element.lo, element.hi]
    return {**entry, "tensor": {"shape": list(node.tensor.shape), "element": kept}, "source": node.source}


def _value(value: Any, key: str, arrays: dict[str, np.ndarray]) -> object:
    if isinstance(value, np.ndarray):
        arrays[key] = _stored(value)
        return {"array": key, "dtype": "rational" if value.dtype == object else value.dtype.name}
    if isinstance(value, Padding):
        sides = {side: int(getattr(value, side)) for side in SIDES}
        return {**sides, "fill": value.fill.value}
    if isinstance(value, tuple):
        return [int(one) for one in value]
    if isinstance(value, Fraction):
        return str(value)
    return None if value is None else int(value)


def _stored(array: np.ndarray) -> np.ndarray:
    if array.dtype == object:
        return np.array([str(Fraction(one)) for one in array.reshape(-1)], dtype=np.str_).reshape(array.shape)
    if array.dtype.kind == "i" and array.size:
        for narrow in (np.int8, np.int16, np.int32):
            if np.iinfo(narrow).min <= array.min() and array.max() <= np.iinfo(narrow).max:
                return array.astype(narrow)
    # Little-endian on every machine.
    return array.astype(array.dtype.newbyteorder("<"))


def _node(entry: dict[str, Any], archive: npz.Archive) -> Node:
    if entry["op"] not in OPS:
        raise ValueError(f"{entry['name']}: op {entry['op']!r} is unknown")
    kind = OPS[entry["op"]]
    wanted = {field.name for field in fields(kind)} | {"name", "op", "inputs", "tensor", "source"}
    if set(entry) != wanted:
        raise ValueError(f"{entry['name']}: has fields {sorted(entry)}, a {kind.__name__} has {sorted(wanted)}")
    op: Op = kind(**{field.name: _restored(entry[field.name], field.type, archive) for field in fields(kind)})
    tensor = Tensor(_restored(entry["tensor"]["shape"], Shape, archive), _element(entry["tensor"]["element"]))
    return Node(str(entry["name"]), op, tuple(str(name) for name in entry["inputs"]), tensor, str(entry["source"]))


def _element(kept: Any) -> Element | None:
    if kept is None or kept == "bit":
        return None if kept is None else BIT
    lo, hi = kept
    return Element(_whole(lo), _whole(hi))


def _restored(value: Any, kind: Any, archive: npz.Archive) -> Any:
    """A field of that type, as the op table declares it."""
    if value is None and kind == np.ndarray | None:
        return None
    if kind in (np.ndarray, np.ndarray | None):
        return _array(value["array"], value["dtype"], archive)
    if kind is Padding:
        sides = {side: _whole(value[side]) for side in SIDES}
        return Padding(**sides, fill=Fill(value["fill"]))
    if get_origin(kind) is tuple:
        whole = tuple(_whole(one) for one in value)
        if len(whole) != len(get_args(kind)):
            raise ValueError(f"{value} has {len(whole)} entries, not {len(get_args(kind))}")
        return whole
    if kind == int | Fraction and isinstance(value, str):
        return _rational(value)
    return _whole(value)


def _array(key: str, dtype: str, archive: npz.Archive) -> np.ndarray:
    if dtype == "rational":
        return np.frompyfunc(_rational, 1, 1)(archive.read(key))
    if dtype not in DTYPES:
        raise ValueError(f"{key}: dtype {dtype!r} is unknown")
    return archive.read(key).astype(dtype)


def _rational(text: str) -> Fraction:
    """Without the exponents that Fraction reads, of which a few letters make a number that fills the memory."""
    if not RATIONAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a fraction")
    return Fraction(text)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return value
