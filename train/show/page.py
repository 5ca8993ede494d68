"""run.html: a run on one page that needs nothing else, and renews itself as long as the run goes on."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template

from binloom.compiler.plan.budget import RESOURCES
from binloom.sim.page.style import style
from binloom.train.hardware import Hardware
from binloom.train.show import confusion, lines
from binloom.train.show.curves import charts
from binloom.train.show.told import Told
from binloom.train.show.words import duration, facts, percent
from binloom.train.summarise import COLUMNS, Summary, kib

TEMPLATE = Path(__file__).with_name("page.html")
AGAIN = '<meta http-equiv="refresh" content="10">\n'


def html(told: Told) -> str:
    """The whole page."""
    result, about = told.result, told.about
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        style=style(),
        name=escape(about.recipe),
        about=escape(f"{about.model}. {about.data}."),
        again="" if result else AGAIN,
        state="done" if result else "running",
        verdict=f"{percent(result.integers, result.total)} of the test set right, in integers"
        if result
        else "Training",
        found=escape(_found(told)),
        progress=_progress(told),
        cards="".join(_cards(told)),
        charts=_charts(told),
        confusion=_confusion(told),
        summary=_summary(told.summary),
        hardware=_hardware(told.summary.hardware if told.summary else ()),
        facts="".join(
            f"<tr><td>{escape(what)}</td><td>{_code(what, words)}</td></tr>\n" for what, words in facts(told)
        ),
        version=escape(about.versions.get("binloom", "")),
    )


def _found(told: Told) -> str:
    result = told.result
    if result:
        in_keras = f"{result.keras:,} ({percent(result.keras, result.total)}) in Keras"
        words = f"{result.integers:,} of {result.total:,} images; {in_keras}"
        return words + ("; a quick run, whose accuracy says nothing" if told.about.quick else "")
    if not told.epochs:
        return "no epoch is finished yet"
    stage = told.epochs[-1].get("stage", "training")
    return f"{stage}: {len(told.epochs):,} of {told.about.epochs:,} epochs"


def _progress(told: Told) -> str:
    """How many of all epochs are done."""
    if told.result or not told.about.epochs:
        return ""
    share = 100 * min(1.0, len(told.epochs) / told.about.epochs)
    return f'<div class=progress><i style="width:{share:.1f}%"></i></div>'


def _cards(told: Told) -> Iterator[str]:
    """The figures that people ask for first."""
    result, summary = told.result, told.summary
    if told.about.quick:
        yield _card("quick", "a small share of the data", "to see that all of it works", " quick")
    if result:
        yield _card(
            percent(result.integers, result.total), "right in integers", f"{result.integers:,} of {result.total:,}"
        )
        yield _card(percent(result.keras, result.total), "right in Keras", f"{result.keras:,} of {result.total:,}")
    elif told.epochs:
        last = told.epochs[-1]
        for key, what in (("val_accuracy", "validation accuracy"), ("accuracy", "training accuracy")):
            if key in last:
                yield _card(f"{100 * last[key]:.2f}%", what, f"epoch {len(told.epochs)}")
    if summary:
        yield _card(
            f"{kib(summary.bits)} KiB", "parameters", f"{sum(summary.params):,}, {summary.params[0]:,} of 1 bit"
        )
    if told.epochs and told.seconds:
        yield _card(duration(told.seconds), "of training", f"{len(told.epochs):,} epochs")
    best = (
        max((hardware for hardware in summary.hardware if hardware.fits), key=lambda one: one.fps, default=None)
        if summary
        else None
    )
    if best:
        yield _card(f"{best.fps:,.0f}", "frames a second, predicted", f"{best.target}, {best.takes['lut']:,} LUTs")


def _card(value: str, what: str, more: str, kind: str = "") -> str:
    words = f"<b>{escape(value)}</b><span>{escape(what)}</span><small>{escape(more)}</small>"
    return f'<div class="card{kind}">{words}</div>\n'


def _charts(told: Told) -> str:
    made = [lines.lines(chart, told.epochs) for chart in charts(told.epochs)]
    if found := [trial["wrong"] for trial in told.trials]:
        made.append(lines.trials(found, "Wrong in each trial of the search"))
    return f"<h2>Curves</h2>\n<div class=charts>\n{''.join(made)}</div>\n" if made else ""


def _confusion(told: Told) -> str:
    """The matrix beside the worst pairs and the worst classes."""
    if (result := told.result) is None:
        return ""
    names = told.about.classes
    pairs = confusion.worst(result)
    most = pairs[0].count if pairs else 1
    rows = "".join(
        f"<tr><td>{escape(names[pair.true])}</td><td>{escape(names[pair.found])}</td><td class=n>{pair.count:,}</td>"
        f'<td><i class=share style="width:{4 * pair.count / most:.2f}rem"></i>'
        f"{percent(pair.count, pair.total)}</td></tr>\n"
        for pair in pairs
    )
    shares = sorted((row[true] / sum(row), true) for true, row in enumerate(result.confusion) if sum(row))[:10]
    classes = "".join(
        f"<tr><td>{escape(names[true])}</td><td class=n>{result.confusion[true][true]:,} of "
        f"{sum(result.confusion[true]):,}</td><td class=n>{100 * share:.2f}%</td></tr>\n"
        for share, true in shares
    )
    return (
        "<h2>What is taken for what</h2>\n<p><small>A row a class, a column what integers took it for, on the test "
        "set. Colours of errors are stretched, so that few can be seen.</small></p>\n"
        f"<div class=beside><div class=scroll>{confusion.matrix(result, names)}</div>"
        "<div class=beside>\n<table class=narrow><tr><th>is</th><th>taken for</th><th class=n>images</th>"
        "<th>of that class</th></tr>\n"
        f"{rows}</table>\n<table class=narrow><tr><th>class</th><th class=n>right</th><th></th></tr>\n"
        f"{classes}</table></div></div>\n"
    )


def _summary(summary: Summary | None) -> str:
    if summary is None:
        return ""
    head = "".join(f"<th{' class=n' if number > 2 else ''}>{title}</th>" for number, title in enumerate(COLUMNS))
    rows = [(row.cells(), "problem" if row.problem else "") for row in summary.rows]
    rows.append((summary.total(), "total"))
    body = "".join(f'<tr class="{kind}">{_cells(cells)}</tr>\n' for cells, kind in rows)
    said = "".join(
        f"<p>{escape(what)}: {escape(words)}</p>\n" for what, words in summary.facts() if what != "predicted"
    )
    return f"<h2>What it is made of</h2>\n<div class=scroll><table><tr>{head}</tr>\n{body}</table></div>\n{said}"


def _cells(cells: Sequence[str]) -> str:
    return "".join(f"<td{' class=n' if number > 2 else ''}>{escape(cell)}</td>" for number, cell in enumerate(cells))


def _hardware(found: Sequence[Hardware]) -> str:
    if not found:
        return ""
    boards = "".join(f"<div>{_board(hardware)}</div>" for hardware in found)
    return f"<h2>Predicted hardware</h2>\n<div class=beside>{boards}</div>\n"


def _board(hardware: Hardware) -> str:
    """Of each resource what it takes, and how fast it would be."""
    if hardware.problem:
        return f"<p><b>{escape(hardware.target)}</b>: {escape(hardware.problem)}</p>\n"
    rows = "".join(
        _meter(RESOURCES[what], count, hardware.has[what])
        for what, count in hardware.takes.items()
        if hardware.has[what] or count
    )
    head = f"<tr><th></th><th>{escape(hardware.target)}</th><th class=n>taken</th><th></th></tr>"
    return (
        f'<table class="narrow use">{head}\n{rows}</table>\n'
        f"<p>{hardware.speed}. <small>By the cost model of the compiler, {escape(hardware.folds)}.</small></p>\n"
    )


def _meter(name: str, count: int, there: int) -> str:
    share = 100 * count / there if there else 100.0
    return (
        f"<tr><td>{name}</td><td class=meter><div><b{' class=over' if share > 100 else ''} "
        f'style="width:{min(share, 100):.1f}%"></b></div></td>'
        f"<td class=n>{count:,} of {there:,}</td><td class=n>{share:.0f}%</td></tr>\n"
    )


def _code(what: str, words: str) -> str:
    return f"<code>{escape(words)}</code>" if what == "command" else escape(words)
