"""report.json: what is known of a build, as predicted and as measured, and one section for each thing that was tried.

Its keys are described in docs/report.md.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from binloom.compiler.emit.manifest import NAME, sha256

JSON = "report.json"
FORMAT, VERSION = "binloom report", 1
SECTIONS = ("verification", "netlist", "estimate", "routed")
AREA = ("lut", "ff", "bram", "dsp", "spram")
SPEED = ("frames_per_second", "cycles_per_frame", "latency_cycles", "clock_mhz")
FIGURES = (*SPEED, *AREA)
OP_FIGURES = ("cycles_per_frame", "latency_cycles", *AREA)
PLACE = ("board", "device", "tools")


def read(folder: Path) -> dict:
    """The sections that are there; none where they are about another build than the folder now holds."""
    try:
        told = json.loads((folder / JSON).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict) or told.get("manifest") != sha256(folder / NAME) or told.get("version") != VERSION:
        return {}
    return {name: told[name] for name in SECTIONS if name in told}


def write(folder: Path, manifest: Mapping, **sections: dict) -> dict:
    """Put sections in, beside or in place of those that are there; gives the whole."""
    known = {**read(folder), **sections}
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "build": manifest["name"],
        "binloom": manifest["binloom"],
        "manifest": sha256(folder / NAME),
        **figures(manifest, known),
        **known,
    }
    (folder / JSON).write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return whole


def figures(manifest: Mapping, sections: Mapping) -> dict:
    """Each figure as measured, else as predicted, else None; both of them; and the same of each op."""
    said, seen = predicted(manifest, sections), measured(sections)
    routed = sections.get("routed") or sections.get("estimate") or {}
    known = _known(FIGURES, said, seen)
    clock = known["clock_mhz"] and known["clock_mhz"]["max"]
    return {
        **known,
        "frames_per_second": _rate(clock, known["cycles_per_frame"]),
        "cycles_are": "measured" if seen["cycles_per_frame"] else "predicted",
        "bottleneck": manifest["timing"]["bottleneck"],
        "board": routed.get("target"),
        "device": routed.get("device"),
        "tools": routed.get("tools"),
        "predicted": said,
        "measured": seen,
        "ops": [_op(op, sections, clock) for op in manifest["ops"]],
    }


def predicted(manifest: Mapping, sections: Mapping) -> dict:
    """What was said before anything ran: cycles by the manifest, clock and area by the cost model of a device."""
    timing, estimate = manifest["timing"], sections.get("estimate") or {}
    clock = estimate.get("clock_mhz")
    return {
        "frames_per_second": _rate(clock, timing["cycles_per_frame"]),
        "cycles_per_frame": timing["cycles_per_frame"],
        "latency_cycles": max(timing["latency_last"].values()),
        "clock_mhz": clock and {"min": clock, "median": clock, "max": clock},
        **{name: estimate.get(name) for name in AREA},
    }


def measured(sections: Mapping) -> dict:
    """What was seen: cycles in Verilator, of a design that is equal; clock and area behind place and route."""
    timing, routed = _timing(sections), sections.get("routed") or {}
    cycles, clock = timing.get("cycles_per_frame"), routed.get("clock_mhz")
    return {
        "frames_per_second": _rate(clock and clock["max"], cycles),
        "cycles_per_frame": cycles,
        "latency_cycles": timing.get("latency"),
        "clock_mhz": clock,
        **{name: routed.get(name) for name in AREA},
    }


def _op(op: Mapping, sections: Mapping, clock: float | None) -> dict:
    verified = sections.get("verification") or {}
    pace = verified["ops"].get(op["name"], {}) if verified.get("equal") else {}
    said = {
        "cycles_per_frame": op["cycles"],
        "latency_cycles": op["span"][1],
        **_area(sections.get("estimate"), op["name"]),
    }
    seen = {
        "cycles_per_frame": pace.get("cycles"),
        "latency_cycles": pace.get("last"),
        **_area(sections.get("routed"), op["name"]),
    }
    known = _known(OP_FIGURES, said, seen)
    rate = _rate(clock, known["cycles_per_frame"])
    return {
        "name": op["name"],
        "op": op["op"],
        "frames_per_second": rate,
        **known,
        "predicted": said,
        "measured": seen,
    }


def _area(section: Mapping | None, op: str) -> dict:
    """Of an op by itself; nothing is known where only the whole was counted."""
    ops = (section or {}).get("ops")
    return {name: ops.get(op, {}).get(name, 0) if ops else None for name in AREA}


def _timing(sections: Mapping) -> Mapping:
    verified = sections.get("verification") or {}
    return (verified.get("measured") if verified.get("equal") else None) or {}


def _known(names: tuple[str, ...], said: Mapping, seen: Mapping) -> dict:
    """Each figure as measured, where it was, else as predicted."""
    return {name: said[name] if seen[name] is None else seen[name] for name in names}


def _rate(clock: float | None, cycles: int | None) -> int | None:
    return round(1e6 * clock / cycles) if clock and cycles else None
