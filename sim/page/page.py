"""The page itself: what was found on top, then the dataflow beside the tables."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template

from binloom.sim import routed
from binloom.sim.page import charts, tables
from binloom.sim.page.figure import at, figure
from binloom.sim.page.picture import picture
from binloom.sim.page.style import style
from binloom.sim.record import AREA

TEMPLATE = Path(__file__).with_name("page.html")
VERDICTS = {
    "equal": "Equal to the model, bit for bit",
    "unequal": "Not equal to the model",
    "open": "Not verified yet",
}


def html(manifest: Mapping, report: Mapping) -> str:
    """One file that needs nothing else."""
    verified = report.get("verification") or {}
    state = {None: "open", True: "equal", False: "unequal"}[verified.get("equal")]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=escape(manifest["name"]),
        style=style(),
        state=state,
        verdict=VERDICTS[state],
        found=escape(verified.get("found", "binloom verify compares it with the model")),
        netlist=_netlist(report),
        cards="".join(_cards(report)),
        whole=tables.whole(report),
        rate=_rate(report),
        flow=picture(manifest, report),
        ops=tables.by_op(manifest, report),
        routed=_routed(report),
        shapes=tables.shapes(manifest),
        ports=tables.ports(manifest),
        notes="".join(f"<li>{escape(note)}</li>" for note in manifest["notes"]) or "<li>none</li>",
        seconds=f"Verified in {verified['seconds']:.1f} s." if verified else "Not verified.",
        version=escape(manifest["binloom"]),
        model=escape(str(manifest["model"]["sha256"])),
    )


def _cards(report: Mapping) -> Iterator[str]:
    """The figures that people ask for first."""
    said = "measured" if report["cycles_are"] == "measured" else "predicted"
    clock = at(report, "clock_mhz.max")
    if report["frames_per_second"]:
        yield _card(figure(report, "frames_per_second"), "frames a second", f"cycles {said}")
    if clock:
        low, middle = figure(report, "clock_mhz.min"), figure(report, "clock_mhz.median")
        more = f"lowest {low}, median {middle}" if report["measured"]["clock_mhz"] else "predicted"
        yield _card(f"{figure(report, 'clock_mhz.max')} MHz", "clock", more)
    yield _card(figure(report, "cycles_per_frame"), "cycles a frame", said)
    time = f"{report['latency_cycles'] / clock:,.1f} \N{MICRO SIGN}s, " if clock else ""
    yield _card(figure(report, "latency_cycles"), "latency, cycles", f"{time}{said}")
    if report["lut"] is not None:
        others = " \N{MIDDLE DOT} ".join(
            f"{figure(report, what)} {what.upper()}" for what in AREA[1:] if report[what] or what != "spram"
        )
        words = "" if report["measured"]["lut"] is not None else "predicted for "
        yield _card(f"{figure(report, 'lut')} LUT", f"{words}{escape(report['board'])}", others)


def _card(value: str, what: str, more: str) -> str:
    return f"<div class=card><b>{value}</b><span>{what}</span><small>{more}</small></div>\n"


def _rate(report: Mapping) -> str:
    """What a clock would bring, where none is known."""
    if report["frames_per_second"]:
        return ""
    return f"<p>At a clock of 100 MHz that would be {1e8 / report['cycles_per_frame']:,.0f} frames a second.</p>"


def _netlist(report: Mapping) -> str:
    """What became of the netlist, where one was verified."""
    if not (found := report.get("netlist")):
        return ""
    state = "equal" if found["equal"] else "unequal"
    return f'<div class="verdict {state}"><b>Netlist: {VERDICTS[state].lower()}</b>{escape(found["found"])}</div>\n'


def _routed(report: Mapping) -> str:
    """What place and route found, in pictures and in sentences; nothing where it was not run."""
    if "routed" not in report:
        return ""
    return (
        f"<h2>Placed and routed for {escape(report['board'])}</h2>\n"
        f"{charts.utilisation(report)}{charts.clocks(report)}"
        + "".join(f"<p>{escape(line)}</p>\n" for line in routed.lines(report))
    )
