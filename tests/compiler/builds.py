"""What the tests of builds compile, and how they compare folders."""

from dataclasses import replace
from pathlib import Path

from binloom.compiler.ir.graph import Graph
from tests.compiler.bench import small_graph


def told() -> Graph:
    """A graph with all that a model's lowering says about it."""
    meta = {
        "sha256": "ab" * 32,
        "format": "keras3-h5",
        "input": {"scale": "1/255", "offset": "0", "from": "model"},
        "outputs": {"logits": {"layer": "dense", "scale": "1/255", "offset": "0"}},
        "classes": ["cat", "dog", "emu"],
        "notes": ["conv: quantised to 8 bits"],
    }
    return replace(small_graph(), meta=meta)


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
