"""What a run shows of itself: a page and events when there is something new, pictures now and then and in the end."""

from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from binloom.train import history
from binloom.train.drafts import write
from binloom.train.folder import TRIALS, rooms
from binloom.train.show import pictures
from binloom.train.show.events import Events
from binloom.train.show.page import html
from binloom.train.show.told import Told
from binloom.train.tell import Tell

PAGE, CURVES, CONFUSION = "run.html", "curves.png", "confusion.png"
# Seconds between two: a page takes milliseconds, a picture half a second.
PAGES, PICTURES = 1.0, 30.0


class Watch:
    """Call it as often as you like: where an epoch or a trial has come to the folder, it is shown. Leave it when the
    run has ended, and all is shown.

    With `tensorboard` there are events too, for which that package must be there.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self.folder = folder
        self.seen: tuple[int, ...] = ()
        self.shown = self.drawn = -PICTURES
        self.events = Events(folder) if tensorboard else None

    def after(self, tell: Tell) -> Tell:
        """The same `tell`, and a look at the folder after it."""

        def told(step: str, done: int, total: int) -> None:
            tell(step, done, total)
            self()

        return told

    def __call__(self) -> None:
        """A look at the folder."""
        paths = [room / name for _, room in rooms(self.folder) for name in (history.NAME, TRIALS)]
        seen = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
        if seen != self.seen and monotonic() - self.shown > PAGES:
            self.seen = seen
            self._show()

    def _show(self) -> Told:
        told = Told.of(self.folder)
        write(self.folder / PAGE, html(told))
        self.shown = monotonic()
        if monotonic() - self.drawn > PICTURES and told.epochs:
            pictures.curves(told, self.folder / CURVES)
            self.drawn = monotonic()
        if self.events:
            self.events.add(told.epochs)
        return told

    def __enter__(self) -> Self:
        self()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.drawn = -PICTURES
            pictures.confusion(self._show(), self.folder / CONFUSION)
        if self.events:
            self.events.close()
