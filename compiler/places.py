"""Files that the caller wants written: looked at before the work is done that would be lost with them."""

import os
from pathlib import Path

from binloom.compiler.errors import InputError

# How the files begin that we write for somebody: an archive, and the header of GTKWave's waves, 329 bytes of it.
BEGINS = {"an .npz file": b"PK\3\4", "FST waves": b"\0" + (329).to_bytes(8, "big")}


def check_file(path: Path, kind: str) -> None:
    """InputError where a file of this name cannot be written, or is one of another kind, which would be lost."""
    folder = path.absolute().parent
    if path.is_dir():
        raise InputError(f"{path} is a folder", "give the name of a file")
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "make it, or give another place")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"{path} cannot be written", "give another place")
    if not path.exists():
        return
    if not path.is_file():
        raise InputError(f"{path} is not a file", "give the name of one")
    with path.open("rb") as file:
        begins = file.read(len(BEGINS[kind]))
    if begins not in (b"", BEGINS[kind]):
        raise InputError(f"{path} is there and not {kind}", "give another name, or remove it")
