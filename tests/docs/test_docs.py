"""The documents' Python examples run: the blocks of one document in order, as one script."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", [path for path in DOCS if BLOCK.search(path.read_text())], ids=lambda path: path.stem)
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zoo").symlink_to(ROOT / "zoo")
    text = path.read_text()
    names: dict[str, object] = {"__name__": path.stem}
    for block in BLOCK.finditer(text):
        # Blank lines in front make a failure's line number that of the document.
        lines = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(lines + block.group(1), str(path), "exec"), names)


def test_the_graph_has_examples() -> None:
    assert len(BLOCK.findall((ROOT / "docs" / "ir.md").read_text())) >= 6
