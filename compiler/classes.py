"""The names of the classes that a model tells apart: a text file with one name a line, in the order of the logits.

That of `NAME.h5` is called `NAME.classes.txt` where it lies beside it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph

LARGEST = 1 << 20  # bytes of a file of names that can be meant
LONGEST = 200  # characters of a name
REMEDY = "give a text file, one class name a line"


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
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is no file", REMEDY)
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is too large for a file of class names", REMEDY)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", REMEDY) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", REMEDY) from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    check_names(names, str(path))
    return names


def check_names(names: Sequence[str], where: str) -> None:
    """InputError unless each is a name that can be shown, and no other's."""
    for number, name in enumerate(names):
        if not name:
            raise InputError(f"{where}: class {number} has no name", "give each its own")
        if not name.isprintable():
            raise InputError(f"{where}: the class name {name!a} has characters that cannot be shown", "rename it")
        if len(name) > LONGEST:
            raise InputError(
                f"{where}: the class name {name[:20]!r}... has {len(name)} characters", "give a shorter one"
            )
    (name, count), *_ = Counter(names).most_common(1) or [("", 0)]
    if count > 1:
        raise InputError(f"{where}: {count} classes are called {name!r}", "give each its own name")
