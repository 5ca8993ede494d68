"""What is to be said of a run beside its figures, in the order in which people ask for it; of its page and its card."""

from collections.abc import Iterator

from binloom.train.show.told import Told
from binloom.train.summarise import kib


def facts(told: Told) -> Iterator[tuple[str, str]]:
    """Pairs of a name and a sentence without its full stop."""
    about = told.about
    yield "command", about.command
    yield "model", about.model
    shape = " x ".join(map(str, about.shape))
    train, test = about.images
    yield (
        "data",
        f"{about.source}: {train:,} training and {test:,} test images of {shape}"
        + (", the whole set" if about.whole else ""),
    )
    if about.named:
        yield "classes", ", ".join(about.classes)
    yield "input", about.input
    yield from about.how
    if told.epochs:
        time = f", in {duration(told.seconds)}" if told.seconds else ""
        yield "was run", f"{len(told.epochs):,} epochs{time}"
    if told.trials:
        yield "searched", f"{len(told.trials):,} trials"
    yield "seed", str(about.seed)
    if told.summary:
        (bits, others), all_bits = told.summary.params, told.summary.bits
        yield (
            "size",
            f"{bits:,} parameters of 1 bit and {others:,} others, {all_bits:,} bits ({kib(all_bits)} KiB)"
            + (f"; {told.summary.trained:,} parameters are trained" if told.summary.trained is not None else ""),
        )
    if about.versions:
        yield "made with", ", ".join(f"{name} {version}" for name, version in about.versions.items())


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%"


def duration(seconds: float) -> str:
    """Seconds below two minutes, then minutes, then hours."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
