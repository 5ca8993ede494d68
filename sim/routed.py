"""What place and route found: as a table for the terminal, and in sentences."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("op", "cycles", "LUT", "FF", "block RAM", "DSP")
COUNTS = ("lut", "ff", "bram", "dsp")


def rows(report: Mapping) -> Iterator[tuple[str, ...]]:
    """A row an op that takes anything, then what is between them, and the whole: words for COLUMNS."""
    whole = report["routed"]
    named = {op["name"]: op["measured"] for op in report["ops"] if any(op["measured"][count] for count in COUNTS)}
    cycles = {op["name"]: op["cycles_per_frame"] for op in report["ops"]}
    for name, op in named.items():
        yield name, f"{cycles[name]:,}", *(_some(op[count]) for count in COUNTS)
    total = {**whole, "lut": whole["lut_synthesised"]}
    rest = [total[count] - sum(op[count] for op in named.values()) for count in COUNTS]
    if any(rest):
        yield "between them", "", *map(_some, rest)
    yield "all", f"{report['cycles_per_frame']:,}", *(_some(total[count]) for count in COUNTS)


def table(report: Mapping) -> "Table":
    """The same for the terminal."""
    from rich.table import Table
    from rich.text import Text

    made = Table(COLUMNS[0], box=None, pad_edge=False)
    for column in COLUMNS[1:]:
        made.add_column(column, justify="right")
    for row in rows(report):
        made.add_row(*map(Text, row), style="bold" if row[0] == "all" else "")
    return made


def lines(report: Mapping) -> Iterator[str]:
    """What it takes and how fast it is, in sentences."""
    routed, clock = report["routed"], report["clock_mhz"]
    tools = ", ".join(f"{name} {version}" for name, version in routed["tools"].items())
    grade = f", speed grade {routed['speed']}" if routed["speed"] else ""
    seeds = f"{len(routed['seeds'])} seed{'s' if len(routed['seeds']) > 1 else ''}"
    # A report may be of a version that did not say it.
    placer = f", by the placer {routed['placer']}" if "placer" in routed else ""
    context = "out of context (no pins, no bitstream)" if routed["out_of_context"] else "with its pins"
    yield (
        f"{context} on {routed['device']} {routed['package']}{grade}: "
        f"{routed['lut']:,} of {routed['luts']:,} LUTs placed ({100 * routed['lut'] / routed['luts']:.0f}%){placer}"
    )
    if clock is None:
        yield "no clock: no register leads to another"
    else:
        yield (
            f"clock {clock['min']:.1f} / {clock['median']:.1f} / {clock['max']:.1f} MHz "
            f"(min, median, max of {seeds}; {routed['freq_mhz']:g} asked for), "
            f"slowest path in {routed['critical']}"
        )
        yield (
            f"{report['frames_per_second']:,} frames a second with seed {routed['best_seed']}, at "
            f"{report['cycles_per_frame']:,} cycles a frame ({report['cycles_are']}); "
            f"latency {report['latency_cycles'] / clock['max']:,.1f} us"
        )
    if bitstream := routed.get("bitstream"):
        yield (
            f"bitstream {bitstream['file']} ({bitstream['bytes']:,} bytes) at {bitstream['clock_mhz']:g} MHz: "
            f"{1e6 * bitstream['clock_mhz'] / report['cycles_per_frame']:,.0f} frames a second in the network, "
            + _line(bitstream)
        )
        if flash := bitstream.get("flash"):
            yield f"for the flash {flash['file']} ({flash['bytes']:,} bytes): with its weights, which the board reads"
    for seed in routed.get("failed", ()):
        yield f"seed {seed['seed']} {seed['reason']}"
    yield f"tools: {tools}"


def _line(bitstream: Mapping) -> str:
    """The frames that a board's line brings, at most."""
    if "sck_mhz" in bitstream:
        rate, words = 1e6 * bitstream["sck_mhz"] / 8, f"over SPI at {bitstream['sck_mhz']:g} MHz"
    else:
        rate, words = bitstream["baud"] / 10, f"through a line of {bitstream['baud']:,} baud"
    return f"{rate / bitstream['image_bytes']:,.0f} {words}"


def _some(count: int) -> str:
    return f"{count:,}" if count else ""
