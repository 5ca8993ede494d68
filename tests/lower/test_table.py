"""The page about layers and the table of layers say the same."""

from pathlib import Path

from binloom.compiler.lower.activation import FUNCTIONS, ORDER_KEEPING
from binloom.compiler.lower.table import MISSING, TABLE
from binloom.compiler.passes import PASSES

DOCS = Path(__file__).parents[2] / "docs"


def test_each_layer_and_activation_has_its_place_on_the_page():
    page = (DOCS / "layers.md").read_text()
    names = {kind for _, kind in TABLE} | set(FUNCTIONS) | ORDER_KEEPING
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_each_pass_has_its_row():
    rows = [line.split("`")[1] for line in (DOCS / "passes.md").read_text().splitlines() if line.startswith("| `")]
    assert rows == list(dict.fromkeys(each.__name__ for each in PASSES))


def test_no_layer_is_both_known_and_missing():
    assert not {kind for package, kind in TABLE if package == "keras"} & set(MISSING)
