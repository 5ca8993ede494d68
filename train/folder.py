"""The folder of a run: what is done in it, and that nobody else is at work there.

`run.json` says which run it is. `run.lock` is locked as long as somebody is at work; the lock goes with the process, so
that one that was killed leaves none. The nets of a committee have a room each.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from binloom.compiler.errors import InputError
from binloom.train.drafts import write

MARK, LOCK = "run.json", "run.lock"
DRAFT = "run.draft.json"  # of the mark, which a kill may leave
TRIALS = "trials.sqlite"
NET = "member_"  # before the number of a net that is trained in a room of its own


@contextmanager
def at_work(folder: Path, begun: Mapping[str, Any]) -> Iterator[None]:
    """Within it the folder is there, marked with what is done in it, and is ours alone.

    InputError where it holds another run, something else, or where somebody is at work in it.
    """
    may_be_had(folder, begun)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / LOCK, "w")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"{folder} cannot be written to ({error.strerror})", "give another folder") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another run is at work in {folder}", "wait for it, or give another folder") from None
        may_be_had(folder, begun)  # as nobody else can write to it any more
        write(folder / MARK, _text(begun))
        yield


def may_be_had(folder: Path, begun: Mapping[str, Any]) -> None:
    """InputError where the folder holds another run or something else. Nothing is written."""
    if folder.is_symlink() and not folder.exists():
        raise InputError(f"{folder} is a link that leads nowhere", "remove it, or give another folder")
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"{place} is a file", "give another folder")
    mark = folder / MARK
    if mark.is_file():
        try:
            known = mark.read_text(encoding="utf-8")
            json.loads(known)
        except ValueError:
            raise InputError(f"{mark} is damaged", "remove the whole folder, or give another one") from None
        if known != _text(begun):
            raise InputError(f"{folder} holds a run of another recipe, data set or seed", "give another folder")
    elif folder.is_dir() and any(path.name not in (DRAFT, LOCK) for path in folder.iterdir()):
        raise InputError(f"{folder} holds something else than a run", "give another folder")


def room_of(folder: Path, net: int) -> Path:
    """Where net `net` of several, from 1 on, is trained."""
    return folder / f"{NET}{net}"


def rooms(folder: Path) -> list[tuple[int, Path]]:
    """The run's folder; where its nets are trained one by one, the folder of each of them, with its number."""
    found = [(int(room.name.removeprefix(NET)), room) for room in folder.glob(f"{NET}*") if room.is_dir()]
    return sorted(found) or [(0, folder)]


def _text(begun: Mapping[str, Any]) -> str:
    return json.dumps(begun, indent=2) + "\n"
