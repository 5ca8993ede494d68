"""A folder of built things, each under the hash of all it was built from; safe for many processes at once."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from binloom.toolchain.run import ToolError

KEEP_DAYS = 14


def root() -> Path:
    """$BINLOOM_CACHE, else binloom/ under the user's cache folder."""
    given = os.environ.get("BINLOOM_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binloom"


def digest(*parts: str | bytes) -> str:
    """One hash of several texts; where one ends and the next begins counts."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "little") + content)
    return total.hexdigest()[:32]


def entry(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder `kind`/`key` of the cache. Where it is not there yet, `make` fills an empty folder first.

    The folder appears under its name only when it is complete. Of several processes that want the same one, one makes
    it and the others wait.
    """
    shelf = root() / kind
    place = shelf / key
    if place.is_dir():
        os.utime(place)
        return place
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        lock = open(shelf / f"{key}.lock", "w")  # noqa: SIM115
    except OSError as error:
        raise ToolError(f"no cache at {shelf} ({error.strerror}); set BINLOOM_CACHE to another folder") from error
    with lock:
        os.utime(lock.fileno())  # not to be removed while somebody waits for it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_dir():
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=shelf))
            make(draft)  # where this fails, the draft stays for a while: its logs tell why
            draft.rename(place)
            prune(shelf)
    return place


def prune(shelf: Path, days: float = KEEP_DAYS) -> None:
    """Remove what nobody has asked for in a long time, failed drafts included."""
    oldest = time.time() - days * 86_400
    for old in shelf.iterdir():
        try:
            if old.stat().st_mtime >= oldest:
                continue
        except FileNotFoundError:  # another process prunes too
            continue
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)
