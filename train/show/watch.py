"""What a run shows of itself after each epoch, and in the end."""

from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from binloom.train.show import pictures
from binloom.train.show.events import Events
from binloom.train.show.page import html
from binloom.train.show.told import Told, write

PAGE, CURVES, CONFUSION = "run.html", "curves.png", "confusion.png"
PAUSE = 20.0  # seconds between two drawings of a picture: a page takes milliseconds, a picture half a second


class Watch:
    """Call it after each epoch; leave it when the run has ended, and all that can be shown is shown.

    With `tensorboard` there are events too, for which that package must be there.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self.folder, self.drawn = folder, -PAUSE
        self.events = Events(folder) if tensorboard else None

    def __call__(self) -> None:
        told = Told.of(self.folder)
        write(self.folder / PAGE, html(told))
        if monotonic() - self.drawn > PAUSE and told.epochs:
            pictures.curves(told, self.folder / CURVES)
            self.drawn = monotonic()
        if self.events:
            self.events.add(told.epochs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.drawn = -PAUSE
            self()
            pictures.confusion(Told.of(self.folder), self.folder / CONFUSION)
        if self.events:
            self.events.close()
