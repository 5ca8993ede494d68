"""Small pictures of what place and route found: the clock of each seed, and how full the device is."""

from collections.abc import Mapping
from html import escape

from binloom.compiler.targets.devices import DEVICES
from binloom.sim.page.figure import at, figure, shown

WIDTH, ROW, LABEL, END = 440, 22, 62, 76
NAMES = {"lut": "LUT", "ff": "FF", "bram": "block RAM", "dsp": "DSP", "spram": "SPRAM"}


def clocks(report: Mapping) -> str:
    """A bar a seed from 0 on, the best of them marked, and a line at the clock that was asked for."""
    routed = report["routed"]
    asked, room = routed["freq_mhz"], WIDTH - LABEL - END
    most = max([asked, *(seed["clock_mhz"] or 0.0 for seed in routed["seeds"])])
    height = ROW * len(routed["seeds"]) + 18
    lines = []
    for number, seed in enumerate(routed["seeds"]):
        y, length = ROW * number + 4, room * (seed["clock_mhz"] or 0.0) / most
        best = " best" if seed["seed"] == routed["best_seed"] else ""
        lines.append(
            f'<text x="0" y="{y + 12}">seed {seed["seed"]}</text>'
            f'<rect class="bar{best}" x="{LABEL}" y="{y + 3}" width="{length:.1f}" height="10" rx="2"/>'
            f'<text x="{WIDTH}" y="{y + 12}" text-anchor="end">'
            f"{figure(report, f'routed.seeds.{number}.clock_mhz', 'tspan')} MHz</text>"
        )
    x = LABEL + room * asked / most
    words = f"{figure(report, 'routed.freq_mhz', 'tspan')} MHz asked for"
    lines.append(
        f'<path class="asked" d="M {x:.1f} 2 V {height - 14}"/>'
        f'<text class="kind" x="{x:.1f}" y="{height - 2}" text-anchor="middle">{words}</text>'
    )
    return (
        f'<svg class="chart" role="img" aria-label="Clock of each seed" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">{"".join(lines)}</svg>\n'
    )


def utilisation(report: Mapping) -> str:
    """Of each kind of part what is taken, what was predicted (a notch), and how many there are."""
    device = DEVICES[report["device"]]
    there = {"lut": device.luts, "ff": device.ffs, "bram": device.rams[0].count}
    there |= {"dsp": device.dsp.count if device.dsp else 0, "spram": device.loaded}
    rows = []
    for what, name in NAMES.items():
        if what == "spram" and not device.loaded:
            continue
        taken, said = at(report, what), at(report, f"predicted.{what}")
        share = 100 * taken / there[what] if taken and there[what] else 0.0
        notch = f'<i style="left:{min(100.0, 100 * said / there[what]):.1f}%"></i>' if said and there[what] else ""
        rows.append(
            f"<tr><td>{name}</td><td class=meter><div><b{' class=over' if share > 100 else ''} "
            f'style="width:{min(share, 100):.1f}%"></b>{notch}</div></td>'
            f"<td class=n>{figure(report, what)} of {shown(there[what])}</td><td class=n>{share:.0f}%</td></tr>\n"
        )
    legend = "<small>the notch is what was predicted</small>" if report["predicted"]["lut"] is not None else ""
    head = f"<tr><th></th><th>{escape(device.name)}</th><th class=n>taken</th><th></th></tr>"
    return f'<table class="narrow use">{head}\n{"".join(rows)}</table>{legend}\n'
