"""Trials: kernels that are judged, several at a time, here or on a cluster, and what came out of each in one SQLite
file.

A search asks for the same trials in the same order whenever it is run, and those that the file knows are not made
again: a search that was killed goes on to the same end.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from binloom.compiler.errors import InputError
from binloom.train.elm.judge import Verdict
from binloom.train.elm.kernels import Kernels

TABLE = """create table if not exists trials (
    kernels text primary key,    -- their digest
    bits blob,                   -- themselves, a bit an element
    wrong integer, error real,   -- the verdict
    seconds real                 -- what it took
)"""
Try = tuple[Kernels, tuple]  # what is judged, and what the judge is given besides


class Trials:
    """`jobs` at a time, through joblib; `tell` hears how many of them are done."""

    def __init__(
        self, book: sqlite3.Connection, jobs: int = 1, tell: Callable[[int], None] = lambda done: None
    ) -> None:
        self.book, self.jobs, self.tell, self.done = book, jobs, tell, 0

    def know(self, tries: Sequence[Kernels]) -> bool:
        """Whether there is a verdict on all of them."""
        return all(self._known(kernels.digest()) for kernels in tries)

    def run(self, judge: Callable[..., Verdict], tries: Sequence[Try]) -> list[Verdict]:
        """`judge(kernels, *more)` for each, in order."""
        wanted = {kernels.digest(): (kernels, more) for kernels, more in tries}
        missing = {digest: one for digest, one in wanted.items() if self._known(digest) is None}
        self.done += len(tries) - len(missing)
        made = self._made([(judge, kernels, *more) for kernels, more in missing.values()])
        for (digest, (kernels, _)), (verdict, seconds) in zip(missing.items(), made, strict=True):
            with self.book:
                row = (digest, kernels.packed(), verdict.wrong, verdict.error, seconds)
                self.book.execute("insert into trials values (?, ?, ?, ?, ?)", row)
            self.done += 1
            self.tell(self.done)
        self.tell(self.done)
        return [found for kernels, _ in tries if (found := self._known(kernels.digest()))]

    def _known(self, digest: str) -> Verdict | None:
        row = self.book.execute("select wrong, error from trials where kernels = ?", (digest,)).fetchone()
        return Verdict(*row) if row else None

    def _made(self, work: Sequence[tuple]) -> Iterator[tuple[Verdict, float]]:
        """In order, each as soon as it is there."""
        if self.jobs == 1 or len(work) < 2:
            return (_timed(*one) for one in work)
        from joblib import Parallel, delayed

        return Parallel(n_jobs=self.jobs, return_as="generator")(delayed(_timed)(*one) for one in work)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file of trials, made where it is not there."""
    book = sqlite3.connect(path)
    try:
        with book:
            book.execute(TABLE)
        yield book
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} holds no trials ({error})", "remove it, or give another folder") from None
    finally:
        book.close()


def _timed(judge: Callable[..., Verdict], *given) -> tuple[Verdict, float]:
    # One thread a trial: the verdict is the same to the last digit on every machine of its kind.
    with threadpool_limits(1):
        start = time.perf_counter()
        return judge(*given), time.perf_counter() - start
