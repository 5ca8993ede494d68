"""The folder that `compile` writes: how it comes to be, and how it is opened again."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from binloom.compiler.design.fold import Plan, check_plan
from binloom.compiler.emit import manifest
from binloom.compiler.emit.form import misfit
from binloom.compiler.emit.load import read_load
from binloom.compiler.errors import InputError
from binloom.compiler.ir import serialise
from binloom.compiler.ir.graph import Graph

MARKER = ".binloom"  # says that a folder is ours to replace, and what its manifest's hash is
REMEDY = "compile the model again"
MANIFEST_LIMIT = 64 << 20

PLAN = "plan.toml"  # for the user to edit, so that no hash of it is kept

# What plan, verify, build and the benches leave in a build; it goes with the build that it tells of.
LEFT = (MARKER, manifest.NAME, PLAN, "report.json", "report.html", "routed")
LEFT_BY_BENCHES = frozenset({"__pycache__", ".pytest_cache", "sim_build", "results.xml"})
LEFT_WAVES = (".fst", ".vcd")

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)  # such errors do not always name a file


@dataclass(frozen=True)
class Build:
    """A compiled model: where its files lie, what they were made from and what is in them."""

    dir: Path
    graph: Graph
    plan: Plan
    manifest: Mapping

    @classmethod
    def load(cls, folder: Path | str) -> "Build":
        """Opens a folder that `compile` made. InputError if it is not one, or if a file is not what was written."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder", "give one that `binloom compile` made")
        plain = _manifest(folder)
        if not (folder / f"{plain['name']}.v").is_file():
            raise InputError(f"{folder / plain['name']}.v is missing", REMEDY)
        for name, digest in plain["files"].items():
            file = folder / name
            if ".." in Path(name).parts or Path(name).is_absolute():
                raise InputError(f"{folder / manifest.NAME} names a file outside of its folder, {name!r}", REMEDY)
            if not file.is_file():
                raise InputError(f"{file} is missing", REMEDY)
            if manifest.sha256(file) != digest:
                raise InputError(f"{file} is not the file that was compiled", REMEDY)
        graph = serialise.load(folder)
        return cls(folder, graph, _plan(folder, plain, graph), plain)

    @property
    def name(self) -> str:
        return self.manifest["name"]

    @property
    def verilog(self) -> Path:
        """The Verilog file."""
        return self.dir / f"{self.name}.v"

    @property
    def load_image(self) -> np.ndarray:
        """The words that the hardware has to be sent at boot."""
        return load_image(self.dir, self.manifest)

    @cached_property
    def vectors(self) -> Path:
        """The folder of test vectors."""
        return self.dir / "vectors"


def load_image(folder: Path, manifest: Mapping) -> np.ndarray:
    """The words that a build has to be sent at boot; none where there is nothing to load."""
    loads = manifest["loads"]
    return read_load(folder / loads["file"]) if loads else np.empty(0, np.uint16)


def _manifest(folder: Path) -> dict:
    file, marker = folder / manifest.NAME, folder / MARKER
    if not marker.is_file() or not file.is_file():
        raise InputError(f"{folder} is not a build", "give a folder that `binloom compile` made")
    try:
        if file.stat().st_size > MANIFEST_LIMIT:
            raise InputError(f"{file} is larger than any manifest", REMEDY)
        if not _sealed(folder):
            raise InputError(f"{file} is not the file that was compiled", REMEDY)
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read ({error})", REMEDY) from None
    if not isinstance(plain, dict) or plain.get("format") != manifest.FORMAT:
        raise InputError(f"{file} is not a manifest", REMEDY)
    if plain.get("version") != manifest.VERSION:
        raise InputError(f"{file} is of another version of binloom", REMEDY)
    if (wrong := misfit(plain)) is not None:
        raise InputError(f"{file} is damaged ({wrong})", REMEDY)
    return plain


def _sealed(folder: Path) -> bool:
    """Whether the manifest is the one that the marker was written for."""
    return (folder / MARKER).read_text(encoding="utf-8").split() == [manifest.sha256(folder / manifest.NAME)]


def _plan(folder: Path, plain: Mapping, graph: Graph) -> Plan:
    """The plan of a manifest that tells of this graph."""
    ports = [(port["name"], tuple(port["shape"])) for way in ("inputs", "outputs") for port in plain["ports"][way]]
    streams = [(node.name, node.tensor.shape) for node in (*graph.inputs, *graph.outputs)]
    if ports != streams or [op["name"] for op in plain["ops"]] != [node.name for node in graph]:
        raise InputError(f"{folder / manifest.NAME} is not the manifest of graph.json", REMEDY)
    try:
        plan = Plan.from_dict(plain["plan"])
        check_plan(graph, plan)
    except (TypeError, InputError) as error:
        raise InputError(f"{folder / manifest.NAME} is damaged ({error})", REMEDY) from None
    return plan


def check_target(out: Path) -> None:
    """InputError where a build cannot be written: not a folder, somebody else's folder or files, no place to put it."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file", "give a folder for the build")
    try:
        if out.is_dir() and any(out.iterdir()) and not is_build(out):
            raise InputError(f"{out} is not empty and not a build", "give a new folder, or empty this one")
    except OSError as error:
        raise InputError(f"{out} cannot be read ({error.strerror})", "give another folder") from None
    if out.is_dir() and (mine := next(added(out), None)) is not None:
        raise InputError(f"{mine} would be lost, which no binloom wrote", "move it, or give a new folder")
    place = next(parent for parent in out.absolute().parents if parent.exists())
    if not place.is_dir():
        raise InputError(f"{place} is not a folder", "give another place")
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(f"{place} cannot be written to", "give another place")


def is_build(folder: Path) -> bool:
    """Whether the folder has a marker, and the manifest that it was written for."""
    try:
        return (folder / MARKER).is_file() and _sealed(folder)
    except (OSError, ValueError):
        return False


def added(out: Path) -> Iterator[Path]:
    """The files in a build that are neither its own nor left there by a verification, a synthesis or a run bench."""
    if not (out / MARKER).is_file():
        return
    try:
        known = set(json.loads((out / manifest.NAME).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        known = set()  # of a build that has lost its list, nobody knows what is whose
    for file in sorted(out.rglob("*")):
        place = file.relative_to(out)
        left = place.parts[0] in LEFT or not LEFT_BY_BENCHES.isdisjoint(place.parts) or place.suffix in LEFT_WAVES
        if not left and place.as_posix() not in known and (file.is_symlink() or not file.is_dir()):
            yield file


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A new folder beside `out` that takes its place when the block ends well, and is gone when it does not.

    The folders above it that are missing are made, and go with it.
    """
    check_target(out)
    missing = [parent for parent in out.absolute().parents if not parent.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise InputError(f"{out.parent} cannot be written to ({error.strerror})", "give another place") from None
    try:
        umask = os.umask(0)
        os.umask(umask)
        fresh.chmod(0o777 & ~umask)  # mkdtemp keeps others out
        try:
            yield fresh
        except OSError as error:
            if error.errno in FULL or Path(str(error.filename)).is_relative_to(fresh):
                raise InputError(f"{out} cannot be written ({error.strerror})", "give another place") from None
            raise
        old = fresh.with_name(f"{fresh.name}-old")
        try:
            if out.exists():
                out.rename(old)
            fresh.rename(out)
        except OSError as error:
            if old.exists():
                old.rename(out)
            raise InputError(f"{out} cannot be replaced ({error.strerror})", "give another place") from None
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        for parent in missing:
            with suppress(OSError):  # it holds the build, or what somebody else has put there
                parent.rmdir()


def seal(folder: Path, about: dict) -> dict:
    """Write the manifest with the hash of each file in the folder, and the marker. Gives the manifest back."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    whole = manifest.write_manifest(folder, about, files)
    (folder / MARKER).write_text(manifest.sha256(folder / manifest.NAME) + "\n", encoding="utf-8")
    return whole
