"""Files that a run left in its folder, and that somebody may have damaged since."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from binloom.compiler.errors import InputError

# What readers raise over it.
DAMAGE = (InputError, ValueError, KeyError, TypeError, AttributeError, sqlite3.DatabaseError)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Within it `path` is read. InputError with its name where it is not what a run wrote."""
    try:
        yield
    except DAMAGE as error:
        raise InputError(f"{path} is damaged", "remove it, or give another folder") from error
