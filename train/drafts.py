"""Files that are there whole, or as they were before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to; what is there when the block ends takes the place of `path`."""
    draft = path.with_name(f"{path.stem}.draft{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """A file of text."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")
