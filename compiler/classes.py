"""The names of the classes that a model tells apart: a text file with one name a line, in the order of the logits.

That of `NAME.h5` is called `NAME.classes.txt` where it lies beside it.
"""

from dataclasses import replace
from pathlib import Path

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph

LARGEST = 1 << 20  # bytes of a file of names that can be meant


def beside(model: Path) -> Path:
    """Where the names of a model's classes lie, if they lie anywhere."""
    return model.with_name(f"{model.stem}.classes.txt")


def with_classes(graph: Graph, path: Path | str) -> Graph:
    """The graph with the names of `path` in its `meta`; InputError unless there is one for each logit."""
    names = read_classes(Path(path))
    sizes = sorted({node.tensor.shape[2] for node in graph.outputs if node.tensor.shape[:2] == (1, 1)})
    if len(names) not in sizes:
        logits = " or ".join(map(str, sizes)) or "no"
        raise InputError(f"{path} names {len(names)} classes, but the model has {logits} logits", "one name a line")
    return replace(graph, meta={**graph.meta, "classes": list(names)})


def read_classes(path: Path) -> tuple[str, ...]:
    """The names in a file, blank lines left out."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is too large for a file of class names", "give a text file, one name a line")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", "give a text file, one class name a line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", "give a text file, one class name a line") from error
    return tuple(line.strip() for line in text.splitlines() if line.strip())
