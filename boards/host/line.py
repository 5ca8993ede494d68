"""Requests and their answers over a line that may lose both: asked again until answered, or clearly nobody is there."""

import time
from collections import deque
from typing import TypeVar

from binloom.boards.host.errors import DeviceError, NoAnswer
from binloom.boards.host.patience import Patience
from binloom.boards.host.port import Port
from binloom.boards.protocol import Malformed, Reader, Refused, Reply, Request, reply_of, to_bytes
from binloom.hw.link.format import Code

R = TypeVar("R", bound=Reply)
NUMBERS = 1 << 16
WORDS = {
    Code.UNKNOWN: "does not know such a request",
    Code.LENGTH: "expects a request of another length",
    Code.BLOCK: "has no such block",
    Code.WEIGHTS: "has no good weights",
}


class Refusal(DeviceError):
    """A request was refused, for good."""

    def __init__(self, message: str, code: Code) -> None:
        super().__init__(message)
        self.code = code


class Noise:
    """Something was damaged on the way, here or there: whoever waits for an answer may ask again at once."""


NOISE = Noise()


class Line:
    """A port as packets. `silence` is how many seconds of waiting in vain are enough."""

    def __init__(self, port: Port, first: float, silence: float) -> None:
        self.port, self.silence = port, silence
        self.patience = Patience(first)
        self._first = first
        self._number = 0
        self._waited = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget what has come: after a port was opened anew."""
        self._reader = Reader()
        self._events: deque[Reply | Noise] = deque()

    def send(self, *requests: Request) -> None:
        self.port.write(b"".join(map(to_bytes, requests)))

    def receive(self, until: float) -> Reply | Noise | None:
        """What comes next; None where nothing has come by then. What has come already counts, however late it is."""
        while not self._events:
            left = until - time.monotonic()
            data = self.port.read(max(0.0, left))
            before = self._reader.noise
            for packet in self._reader.feed(data):
                try:
                    reply = reply_of(packet)
                except Malformed:
                    continue
                self._waited = 0.0
                self.patience.heard()
                hint = isinstance(reply, Refused) and reply.code == Code.NOISE
                self._events.append(NOISE if hint else reply)
            if self._reader.noise > before:
                self._events.append(NOISE)
            if not data and left <= 0:
                return None
        return self._events.popleft()

    def in_vain(self, patience: Patience) -> None:
        """Counts a wait without an answer; NoAnswer once there were enough of them in a row."""
        self._waited += patience.wait
        patience.in_vain()
        if self._waited > self.silence:
            raise NoAnswer(
                f"nothing answers on {self.port.name}", "is it the board's port, its baud, and is a bitstream on it?"
            )

    def number(self) -> int:
        """For a request that is not about an image."""
        self._number = (self._number + 1) % NUMBERS
        return self._number

    def ask(self, request: Request, answer: type[R], patience: Patience | None = None) -> R:
        """The answer to a request, which is of this kind. `patience` is that for requests that take the board long."""
        patience, once = patience or self.patience, True
        while True:
            self.send(request)
            start = time.monotonic()
            event = self._answer(request, answer, start + patience.wait)
            if event is None:
                self.in_vain(patience)
            elif isinstance(event, answer):
                if once:
                    patience.answered(time.monotonic() - start)
                return event
            elif isinstance(event, Refused):
                if event.code != Code.BUSY:
                    raise Refusal(f"the board on {self.port.name} {WORDS[event.code]}", event.code)
                time.sleep(self.patience.wait)
            once = False

    def _answer(self, request: Request, answer: type[R], until: float) -> R | Refused | Noise | None:
        """The answer, a refusal, or a reason to ask again; late answers to others are passed over."""
        while (event := self.receive(until)) is not None:
            if isinstance(event, Noise):
                return event
            if event.seq != request.seq:
                continue
            if isinstance(event, answer) or (isinstance(event, Refused) and event.of == request.kind):
                return event
        return None
