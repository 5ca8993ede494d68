"""graph.json and graph.npz: what is saved comes back, the same bytes each time, and nothing foreign is taken in."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.serialise import digest, load, save
from tests.ir.random_graphs import random_graph
from tests.ir.test_interpret import real_graph
from tests.ir.test_rules import good


def demand_same(a: Graph, b: Graph) -> None:
    assert (a.name, a.meta) == (b.name, b.meta)
    assert len(a.nodes) == len(b.nodes)
    for one, other in zip(a, b, strict=True):
        assert (one.name, one.inputs, one.tensor, one.source) == (other.name, other.inputs, other.tensor, other.source)
        assert type(one.op) is type(other.op)
        for field in fields(one.op):
            left, right = getattr(one.op, field.name), getattr(other.op, field.name)
            if isinstance(left, np.ndarray):
                assert left.dtype == right.dtype, (one.name, field.name)
                assert np.array_equal(left, right), (one.name, field.name)
            else:
                assert left == right, (one.name, field.name)


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_come_back(tmp_path: Path, seed: int) -> None:
    graph = replace(random_graph(Random(seed)), meta={"scale": "1/255", "notes": ["é"], "deep": {"a": [1, None, 2.5]}})
    save(graph, tmp_path)
    demand_same(graph, load(tmp_path))
    assert digest(load(tmp_path)) == digest(graph)


def test_real_graphs_come_back(tmp_path: Path) -> None:
    graph = real_graph()
    save(graph, tmp_path)
    found = load(tmp_path)
    demand_same(graph, found)
    assert type(found["scale_1"].op.mul[0]) is Fraction
    assert (found["clip_1"].op.lo, found["clip_1"].op.hi) == (-1, Fraction(1, 2))


def test_extreme_numbers_come_back(tmp_path: Path) -> None:
    builder = GraphBuilder()
    x = builder.input((1, 1, 4), -(1 << 40), 1 << 40)
    bound = [np.iinfo(np.int64).min, np.iinfo(np.int64).max, 128, -129]
    graph = builder.output(builder.threshold(x, bound, [True, False, True, False]))
    save(graph, tmp_path)
    demand_same(graph, load(tmp_path))


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save(random_graph(Random(3)), tmp_path / name)
        contents.append([(tmp_path / name / file).read_bytes() for file in ("graph.json", "graph.npz")])
    assert contents[0] == contents[1]
    # Pinned: other bytes for an old graph would make every folder built before look stale.
    assert digest(good()) == DIGEST
    assert digest(random_graph(Random(3))) != digest(random_graph(Random(4)))


DIGEST = "f730760987c5adabdb53203c025ebda7c3ac169234207824d4ed351c16fc0051"


def test_a_node_is_a_line(tmp_path: Path) -> None:
    graph = good()
    save(graph, tmp_path)
    lines = (tmp_path / "graph.json").read_text().splitlines()
    for node in graph:
        assert sum(f'"name": "{node.name}", "op": "{type(node.op).__name__}"' in line for line in lines) == 1


def test_meta_must_be_plain(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="meta must be plain JSON values"):
        save(replace(good(), meta={"pair": (1, 2)}), tmp_path)
    assert not list(tmp_path.iterdir())


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        stored = json.loads((folder / "graph.json").read_text())
        change(stored)
        (folder / "graph.json").write_text(json.dumps(stored))

    return apply


def text(content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "graph.json").write_text(content)


def arrays(**changes: np.ndarray | None) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        with np.load(folder / "graph.npz") as file:
            found = {name.replace(".", "__"): file[name] for name in file.files} | changes
        kept = {name.replace("__", "."): array for name, array in found.items() if array is not None}
        np.savez(folder / "graph.npz", **kept)

    return apply


def node(index: int, **changes: object) -> Callable[[Path], None]:
    return edit(lambda stored: stored["nodes"][index].update(changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "graph.json").unlink(), "graph.json does not exist"),
        (lambda folder: (folder / "graph.npz").unlink(), "graph.npz does not exist"),
        (lambda folder: (folder / "graph.npz").write_bytes(b"PK"), r"graph.npz is not an \.npz file"),
        (text(""), "is not a graph"),
        (text("[" * 100_000), "is not a graph"),
        (text("[1, 2]"), "is not a graph"),
        (text('{"format": "something else"}'), "is not a graph; give a folder that"),
        (text("\x00\xff"), "is not a graph"),
        (edit(lambda stored: stored.update(version=2)), "has version 2, this binloom reads version 1; compile"),
        (edit(lambda stored: stored.pop("version")), "has version None"),
        (edit(lambda stored: stored.pop("nodes")), "is damaged"),
        (edit(lambda stored: stored.update(nodes=3)), "is damaged"),
        (edit(lambda stored: stored.update(meta=3)), "is damaged"),
        (node(1, op="Magic"), "conv: op 'Magic' is unknown"),
        (node(1, op=["Conv"]), "is damaged"),
        (node(1, surplus=1), "conv: has fields .*surplus"),
        (node(1, stride=[1.5, 1]), "1.5 is not a whole number"),
        (node(1, stride=[1]), "has 1 entries, not 2"),
        (node(1, stride=None), "is damaged"),
        (node(1, groups=True), "True is not a whole number"),
        (node(1, padding={"top": 0, "bottom": 0, "left": 0, "right": 0, "fill": "two"}), "'two' is not a valid Fill"),
        (node(1, weights={"array": "conv.missing", "dtype": "int64"}), "holds no 'conv.missing'"),
        (node(1, weights={"array": "conv.weights", "dtype": "object"}), "dtype 'object' is unknown"),
        (node(1, weights={"array": "conv.weights"}), "is damaged"),
        (node(1, weights=None), "is damaged"),
        (node(1, weights=7), "is damaged"),
        (node(6, hi="9e999999999"), "'9e999999999' is not a fraction"),
        (node(6, hi=9.5), "9.5 is not a whole number"),
        (node(1, bias={"array": "conv.bias", "dtype": "rational"}), "is damaged"),
        (node(1, inputs=["later"]), "reads 'later', which does not come before it"),
        (node(1, inputs=3), "is damaged"),
        (node(1, tensor={"shape": [1, 1, 1], "element": "bit"}), "shapes_agree"),
        (node(1, tensor={"shape": [6, 6, 4], "element": [3, 1]}), "lower bound must not exceed"),
        (node(1, tensor={"shape": [6, 6, 4], "element": "byte"}), "is damaged"),
        (arrays(conv__weights=None), "holds no 'conv.weights'"),
        (arrays(conv__weights=np.array([{}])), "pickled objects, which are never read"),
        (arrays(conv__weights=np.ones((2, 2))), "weights must be"),
        (arrays(conv__weights=np.array(["x"])), "is damaged"),
    ],
)
def test_damaged_folders_are_refused(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    save(good(), tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        load(tmp_path)
    assert "\n" not in str(error.value)


def test_truncated_folders_are_refused(tmp_path: Path) -> None:
    save(good(), tmp_path)
    for name in ("graph.json", "graph.npz"):
        whole = (tmp_path / name).read_bytes()
        for length in range(0, len(whole) - 3, 37):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(InputError):
                load(tmp_path)
        (tmp_path / name).write_bytes(whole)
    demand_same(good(), load(tmp_path))
