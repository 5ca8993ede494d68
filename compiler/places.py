"""Files that the caller wants written: looked at before the work is done that would be lost with them."""

import os
from pathlib import Path

from binloom.compiler.errors import InputError


def check_file(path: Path) -> None:
    """InputError where a file of this name cannot be written."""
    folder = path.absolute().parent
    if path.is_dir():
        raise InputError(f"{path} is a folder", "give the name of a file")
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "make it, or give another place")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"{path} cannot be written", "give another place")
