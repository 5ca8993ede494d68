"""The model card of a run, in Markdown: what was trained on what, how, and what came out of it."""

from collections.abc import Callable, Iterator

from binloom.train.markdown import code, plain
from binloom.train.show.told import Told
from binloom.train.show.words import facts, percent


def card(told: Told) -> str:
    """The whole card. ValueError where the run has not ended."""
    return "\n".join(_lines(told))


def _lines(told: Told) -> Iterator[str]:
    about, result = told.about, told.result
    if result is None:
        raise ValueError("there is nothing to say of a run that has not ended")
    yield from (f"# {plain(about.recipe)}", "", f"{plain(about.model)}.", "")
    if about.quick:
        yield from ("**A quick run**, on a small share of the data: its accuracy says nothing.", "")
    yield from ("| | |", "|---|---|")
    total = result.total
    yield _row("right in integers", f"{result.integers:,} of {total:,} test images ({percent(result.integers, total)})")
    yield _row("right in Keras", f"{result.keras:,} of {total:,} ({percent(result.keras, total)})")
    for what, words in facts(told):
        yield _row(what, words, code if what == "command" else plain)
    for hardware in told.summary.hardware if told.summary else ():
        yield _row("predicted", str(hardware))
    yield ""


def _row(what: str, words: str, shown: Callable[[str], str] = plain) -> str:
    return f"| {what} | {shown(words)} |"
