"""docs/ir.md has a row for every op, and names every setting of it."""

import re
from dataclasses import fields
from pathlib import Path

from binloom.compiler.ir.ops import OPS


def test_every_op_has_its_row() -> None:
    text = (Path(__file__).parents[2] / "docs" / "ir.md").read_text()
    rows = dict(re.findall(r"^\| (\w+)(?: \(\*\*real\*\*\))? \| (.*) \|$", text, re.MULTILINE))
    assert set(OPS) <= set(rows)
    for name, op in OPS.items():
        for field in fields(op):
            assert re.search(rf"\b{field.name}\b", rows[name]), f"{name}: {field.name}"
        assert f"| {name} (**real**) |" in text or not op.real
