"""What was built and what its verification found: as a table for the terminal, as JSON, and as a page of its own."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from binloom.sim import record, routed
from binloom.sim.verify import Timing, Verification, predicted

if TYPE_CHECKING:
    from rich.table import Table

PAGE = "report.html"
COLUMNS = ("op", "kind", "shape", "element", "weights", "fold", "cycles")
VERDICTS = {
    "equal": "Equal to the model, bit for bit",
    "unequal": "Not equal to the model",
    "open": "Not verified yet",
}


def write_report(folder: Path, manifest: Mapping, **sections: dict) -> tuple[dict, Path]:
    """Write report.json and report.html with these sections new; gives the first, and the place of the second.

    `verification` is from `found_by`, and so is `netlist` where a netlist ran; `routed` is from an Implementation.
    """
    report = record.write(folder, manifest, **sections)
    page = folder / PAGE
    page.write_text(html(manifest, report), encoding="utf-8")
    return report, page


def found_by(result: Verification) -> dict:
    """What the report keeps of a verification."""
    return {"found": str(result), **result.to_dict()}


def table(manifest: Mapping) -> "Table":
    """The ops of a build for the terminal; the slowest one is marked."""
    from rich.table import Table
    from rich.text import Text

    made = Table(*COLUMNS[:-1], box=None, pad_edge=False)
    made.add_column(COLUMNS[-1], justify="right")
    for op in manifest["ops"]:
        slowest = op["name"] == manifest["timing"]["bottleneck"]
        made.add_row(*(Text(cell) for cell in cells(op)), style="bold" if slowest else "")
    return made


def cells(op: Mapping) -> tuple[str, ...]:
    """One op's row: a word for each of COLUMNS."""
    stream, element = op["stream"], op["stream"]["element"]
    kind = "bit" if element["bit"] else f"{'i' if element['signed'] else 'u'}{element['width']}"
    shape = " x ".join(map(str, stream["shape"]))
    return op["name"], op["op"], shape, kind, weights_of(op), fold_of(op), f"{op['cycles']:,}"


def weights_of(op: Mapping) -> str:
    weights = op["weights"]
    if weights is None:
        return ""
    return f"{weights['count']:,} x {weights['bits']} bit{'s' if weights['bits'] > 1 else ''}, {weights['kind']}"


def fold_of(op: Mapping) -> str:
    fold = op["fold"]
    if op["weights"] is None:
        return f"{fold['lanes']} lanes" if fold["lanes"] > 1 else "1 lane"
    words = [f"{fold['simd']} x {fold['pe']}"]
    if fold["parallel"] > 1:
        words.append(f"x {fold['parallel']}")
    if fold["pixels"] > 1:
        words.append(f"at {fold['pixels']} pixels")
    return " ".join([*words, f"in {fold['storage']}"])


def timing_rows(predicted: Timing, measured: Timing | None) -> Iterator[tuple[str, str, str]]:
    """What, predicted, measured."""
    rows = (
        ("cycles a frame", predicted.cycles_per_frame, measured.cycles_per_frame if measured else None),
        ("latency, cycles", predicted.latency, measured.latency if measured else None),
    )
    for what, said, seen in rows:
        one, two = ("-" if value is None else f"{value:,}" for value in (said, seen))
        yield what, one, two


def html(manifest: Mapping, report: Mapping) -> str:
    """The page: one file that needs nothing else."""
    verified = report.get("verification") or {}
    state = {None: "open", True: "equal", False: "unequal"}[verified.get("equal")]
    measured = Timing(**verified["measured"]) if verified.get("measured") else None
    most = max(op["cycles"] for op in manifest["ops"])
    ops = "".join(
        "<tr{}>{}<td><div class=bar style='width:{:.1f}%'></div></td></tr>\n".format(
            " class=slowest" if op["name"] == manifest["timing"]["bottleneck"] else "",
            "".join(f"<td>{escape(cell)}</td>" for cell in cells(op)),
            100 * op["cycles"] / most,
        )
        for op in manifest["ops"]
    )
    page = Template((Path(__file__).parent / "report_page.html").read_text())
    return page.substitute(
        name=escape(manifest["name"]),
        state=state,
        verdict=VERDICTS[state],
        found=escape(verified.get("found", "binloom verify compares it with the model")),
        netlist=_netlist(report),
        timing="".join(
            f"<tr><td>{what}</td><td>{one}</td><td>{two}</td></tr>"
            for what, one, two in timing_rows(predicted(manifest), measured)
        ),
        rate=f"{1e8 / report['cycles_per_frame']:,.0f}",
        head="".join(f"<th>{column}</th>" for column in COLUMNS),
        ops=ops,
        ports="".join(f"<tr>{_port('in', port)}</tr>" for port in manifest["ports"]["inputs"])
        + "".join(f"<tr>{_port('out', port)}</tr>" for port in manifest["ports"]["outputs"]),
        notes="".join(f"<li>{escape(note)}</li>" for note in manifest["notes"]) or "<li>none</li>",
        routed=routed.section(report),
        seconds=f"Verified in {verified['seconds']:.1f} s." if verified else "Not verified.",
        version=escape(manifest["binloom"]),
        model=escape(str(manifest["model"]["sha256"])),
    )


def _netlist(report: Mapping) -> str:
    """What became of the netlist, where one was verified."""
    if not (found := report.get("netlist")):
        return ""
    state = "equal" if found["equal"] else "unequal"
    return f'<div class="verdict {state}"><b>Netlist: {VERDICTS[state].lower()}</b>{escape(found["found"])}</div>\n'


def _port(way: str, port: Mapping) -> str:
    shape = " x ".join(map(str, port["shape"]))
    lanes = f"{port['lanes']} x {port['lane_width']} bits a beat"
    return "".join(f"<td>{escape(cell)}</td>" for cell in (way, port["payload"], shape, lanes, f"{port['beats']:,}"))
