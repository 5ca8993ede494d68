"""The tables of a report: predicted beside measured of the whole and of each op, shapes and weights, ports."""

from collections.abc import Iterable, Mapping
from html import escape

from binloom.sim.page.figure import NONE, at, figure
from binloom.sim.page.words import element_of, fold_of, shape_of, weights_of

# Where each figure of the whole stands, as predicted and as measured. LUTs are predicted as synthesis counts them.
WHOLE = {
    "frames a second": ("predicted.frames_per_second", "measured.frames_per_second"),
    "cycles a frame": ("predicted.cycles_per_frame", "measured.cycles_per_frame"),
    "latency, cycles": ("predicted.latency_cycles", "measured.latency_cycles"),
    "clock, MHz": ("predicted.clock_mhz.max", "measured.clock_mhz.max"),
    "LUT": ("predicted.lut", "routed.lut_synthesised"),
    "LUT, placed": ("", "measured.lut"),
    "FF": ("predicted.ff", "measured.ff"),
    "block RAM": ("predicted.bram", "measured.bram"),
    "DSP": ("predicted.dsp", "measured.dsp"),
    "SPRAM": ("predicted.spram", "measured.spram"),
}
OP = {
    "cycles_per_frame": "cycles",
    "latency_cycles": "done at",
    "lut": "LUT",
    "ff": "FF",
    "bram": "block RAM",
    "dsp": "DSP",
    "spram": "SPRAM",
}
SIDES = ("predicted", "measured")


def whole(report: Mapping) -> str:
    """A row a figure; without those of which nothing is known, and what only some devices have and nobody takes."""
    rows = []
    for name, keys in WHOLE.items():
        known = [at(report, key) for key in keys if key]
        if any(known) or (name != "SPRAM" and set(known) != {None}):
            pair = "".join(f"<td class=n>{figure(report, key) if key else NONE}</td>" for key in keys)
            rows.append(f"<tr><td>{name}</td>{pair}</tr>\n")
    head = "<th></th><th class=n>predicted</th><th class=n>measured</th>"
    return f"<table class=narrow><tr>{head}</tr>\n{''.join(rows)}</table>\n"


def by_op(manifest: Mapping, report: Mapping) -> str:
    """A row an op that has hardware; a pair of columns a figure that is known of any."""
    numbers = [number for number, op in enumerate(manifest["ops"]) if op["blocks"]]
    known = [key for key in OP if any(at(report, f"ops.{number}.{side}.{key}") for number in numbers for side in SIDES)]
    head = "".join(f'<th colspan=2 class="n first">{OP[key]}</th>' for key in known)
    under = "<th class='n first'>predicted</th><th class=n>measured</th>" * len(known)
    rows = []
    for number in numbers:
        op = report["ops"][number]
        slowest = " class=slowest" if op["name"] == report["bottleneck"] else ""
        pairs = "".join(
            f"<td class='n first'>{figure(report, f'ops.{number}.predicted.{key}')}</td>"
            f"<td class=n>{figure(report, f'ops.{number}.measured.{key}')}</td>"
            for key in known
        )
        rows.append(f"<tr{slowest}><td>{escape(op['name'])}</td><td>{escape(op['op'])}</td>{pairs}</tr>\n")
    return (
        f"<div class=scroll><table class=pairs><thead><tr><th rowspan=2>op</th><th rowspan=2>kind</th>{head}</tr>"
        f"<tr>{under}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def shapes(manifest: Mapping) -> str:
    rows = (
        (op["name"], shape_of(op), element_of(op), weights_of(op), fold_of(op) if op["blocks"] else "")
        for op in manifest["ops"]
    )
    return _table(("op", "gives", "element", "weights", "fold"), rows)


def ports(manifest: Mapping) -> str:
    rows = (
        (
            way,
            port["payload"],
            " \N{MULTIPLICATION SIGN} ".join(map(str, port["shape"])),
            f"{port['lanes']} \N{MULTIPLICATION SIGN} {port['lane_width']} bits",
            f"{port['beats']:,}",
        )
        for way, kind in (("in", "inputs"), ("out", "outputs"))
        for port in manifest["ports"][kind]
    )
    return _table(("", "payload", "frame", "beat", "beats a frame"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{word}</th>" for word in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<div class=scroll><table><tr>{top}</tr>\n{body}</table></div>\n"
