"""The only place that starts a program: no shell, a time-out for the whole process group, a log that survives."""

import os
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LAST_LINES = 12

_running: dict[int, subprocess.Popen] = {}  # by the thread that waits for it


class ToolError(Exception):
    """A program failed, hung, or is not there. The message holds the end of what it said and where the rest is."""


class TimedOut(ToolError):
    """A program was stopped as it took too long."""


class MissingTool(ToolError):
    """A program or package that is needed is not installed; the message says how to install it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a program that ended in time left behind."""

    args: tuple[str, ...]
    status: int
    output: str  # stdout and stderr as they came, mixed
    seconds: float


def run(
    args: Sequence[str | Path],
    *,
    cwd: str | Path | None = None,
    timeout: float,
    log: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
    on_line: Callable[[str], None] | None = None,
) -> Result:
    """Run a program to its end and return what it said.

    `env` is added to our own environment. `log` receives the command and its output. `on_line` sees each line as it
    comes, in a thread of its own. A status outside `accept` and a run past `timeout` seconds raise ToolError; in the
    second case, and when we are interrupted ourselves, the program dies with all its children.
    """
    command = tuple(str(arg) for arg in args)
    name = Path(command[0]).name
    start = time.monotonic()
    process = _start(command, cwd, env or {}, subprocess.DEVNULL)
    _running[threading.get_ident()] = process
    lines: list[str] = []
    reader = threading.Thread(target=_read, args=(process, lines, on_line), daemon=True)
    reader.start()
    late = False
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        late, status = True, -signal.SIGKILL
    finally:
        _kill_group(process)  # on an interrupt as well; harmless where nothing is left
        reader.join(timeout=5)
        del _running[threading.get_ident()]
    output = "".join(lines)
    if log is not None:
        Path(log).write_text(f"$ {shlex.join(command)}\n{output}")
    if late:
        raise TimedOut(_message(f"{name} was stopped after {timeout:g} s", lines, log))
    if status not in accept:
        raise ToolError(_message(f"{name} {_ended(status)}", lines, log))
    return Result(command, status, output, time.monotonic() - start)


class Running:
    """A program that works in the background. `first` is the first line that it said."""

    def __init__(self, command: Sequence[str], cwd: str | Path | None) -> None:
        self.name = Path(command[0]).name
        self.first = ""
        self._lines: list[str] = []
        self._said = threading.Event()
        self._process = _start(command, cwd, {}, subprocess.PIPE)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        def hear(line: str) -> None:
            self.first = self.first or line
            self._said.set()

        _read(self._process, self._lines, hear)
        self._said.set()

    def wait_for_line(self, timeout: float) -> None:
        """Until it has said a line; ToolError where it says none."""
        if not self._said.wait(timeout):
            raise ToolError(f"{self.name} said nothing in {timeout:g} s")
        if not self.first:  # its output has ended, and so will it
            self.wait()

    def check(self) -> None:
        """ToolError where it has ended."""
        if (status := self._process.poll()) is not None:
            self._reader.join(timeout=5)
            raise ToolError(_message(f"{self.name} {_ended(status)}", self._lines, None))

    def wait(self) -> None:
        """Until it ends, which is an error, or we are interrupted."""
        self._process.wait()
        self.check()

    def end(self) -> None:
        """End it and all its children."""
        _kill_group(self._process)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(timeout=5)


@contextmanager
def running(args: Sequence[str | Path], *, cwd: str | Path | None = None, timeout: float = 20) -> Iterator[Running]:
    """A program that runs while the block does, once it has said a line, which has to be within `timeout` seconds.

    Its standard input stays open and silent, and ends where we die: a program that watches it does not outlive us.
    """
    program = Running(tuple(str(arg) for arg in args), cwd)
    try:
        program.wait_for_line(timeout)
        yield program
    finally:
        program.end()


def parallel(jobs: Sequence[Callable[[], T]], workers: int) -> list[T]:
    """The results of jobs that run programs, so many at a time, in order.

    When one fails, or we are interrupted, the programs of the others are stopped and the rest is not begun.
    """
    threads: set[int] = set()

    def one(job: Callable[[], T]) -> T:
        threads.add(threading.get_ident())
        return job()

    with ThreadPoolExecutor(max(1, min(workers, len(jobs)))) as pool:
        futures = [pool.submit(one, job) for job in jobs]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            return [future.result(timeout=0) for future in futures if future.done()]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for thread in threads:
                if process := _running.get(thread):
                    _kill_group(process)


@contextmanager
def stopping() -> Iterator[None]:
    """Stops, where the block ends with an exception or an interrupt, the programs that its threads still run."""
    before = set(_running)
    try:
        yield
    except BaseException:
        for thread, process in list(_running.items()):
            if thread not in before:
                _kill_group(process)
        raise


def _start(command: Sequence[str], cwd: str | Path | None, env: Mapping[str, str], stdin: int) -> subprocess.Popen:
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **env},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise MissingTool(f"{error.filename} was not found; `binloom doctor` lists what is missing") from error
    except OSError as error:
        raise ToolError(f"{Path(command[0]).name} could not be started: {error}") from error


def _read(process: subprocess.Popen, lines: list[str], on_line: Callable[[str], None] | None) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            lines.append(line)
            if on_line is not None:
                on_line(line.rstrip("\n"))


def _kill_group(process: subprocess.Popen) -> None:
    """End whatever is left of the program and its children; the group's id is that of its first process."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ended(status: int) -> str:
    if status >= 0:
        return f"failed with status {status}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def _message(what: str, lines: Sequence[str], log: str | Path | None) -> str:
    last = deque((line.rstrip() for line in lines if line.strip()), maxlen=LAST_LINES)
    where = f" (log: {log})" if log is not None else ""
    return "\n  ".join([what + where, *last])
