"""report.json: what is known of a build, one section for each thing that was tried, and the figures on top."""

import json
from collections.abc import Mapping
from pathlib import Path

from binloom.compiler.emit.manifest import NAME, sha256

JSON = "report.json"
FIGURES = ("clock_mhz", "lut", "ff", "bram", "dsp")


def read(folder: Path) -> dict:
    """The sections that are there; none where they are about another build than the folder now holds."""
    try:
        told = json.loads((folder / JSON).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict) or told.get("manifest") != sha256(folder / NAME):
        return {}
    return {name: told[name] for name in ("verification", "netlist", "routed") if name in told}


def write(folder: Path, manifest: Mapping, **sections: dict) -> dict:
    """Put sections in, beside or in place of those that are there; gives the whole."""
    known = {**read(folder), **sections}
    whole = {
        "build": manifest["name"],
        "binloom": manifest["binloom"],
        "manifest": sha256(folder / NAME),
        **figures(manifest, known),
        **known,
    }
    (folder / JSON).write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return whole


def figures(manifest: Mapping, sections: Mapping) -> dict:
    """Cycles as measured, else as predicted; what it takes and how fast it is, where it was routed."""
    timing, verified = manifest["timing"], sections.get("verification")
    measured = (verified["measured"] if verified and verified["equal"] else None) or {}
    cycles = measured.get("cycles_per_frame") or timing["cycles_per_frame"]
    made = {
        "cycles_per_frame": cycles,
        "latency_cycles": measured.get("latency") or max(timing["latency_last"].values()),
        "cycles_are": "measured" if measured else "predicted",
    }
    routed = sections.get("routed")
    ops = [{"name": op["name"], "cycles": op["cycles"]} for op in manifest["ops"]]
    if routed:
        clock = routed["clock_mhz"]
        made["frames_per_second"] = round(1e6 * clock["max"] / cycles) if clock else None
        made |= {name: routed[name] for name in FIGURES}
        made |= {"board": routed["target"], "device": routed["device"], "tools": routed["tools"]}
        ops = [{**op, **routed["ops"].get(op["name"], {})} for op in ops]
    return {**made, "ops": ops}
