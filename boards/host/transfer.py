"""Images over a line and their results back: as many on their way as there is room for, each block till it is there."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from binloom.boards.host.errors import NoAnswer, Unplugged
from binloom.boards.host.line import NUMBERS, WORDS, Line, Noise, Refusal
from binloom.boards.host.patience import Patience
from binloom.boards.identity import Identity
from binloom.boards.protocol import Ask, Image, ImageState, Refused, Reply, Result
from binloom.hw.link.format import Code, Kind, Place

ENOUGH = 5  # times the silence after which nobody is there, an image that is nowhere done is given up

Call = Callable[[], None]


@dataclass(slots=True)
class Flight:
    """An image on its way. `last` is the block that was sent last; `again`, whether anything of it was asked for twice;
    `waited` is how long it has been waited for in vain."""

    data: bytes
    blocks: Sequence[bytes]
    seq: int = 0
    last: int = 0
    parts: dict[int, bytes] = field(default_factory=dict)
    sent: float = 0.0
    due: float = 0.0
    again: bool = False
    waited: float = 0.0


class Transfer:
    """`recover` is called when the port is gone, and has it back when it returns; `reload` when the weights are bad."""

    def __init__(self, line: Line, identity: Identity, patience: Patience, recover: Call, reload: Call) -> None:
        self.line, self.identity, self.patience = line, identity, patience
        self.recover, self.reload = recover, reload
        self.clean = True  # nothing of an earlier run is under way
        self._number = 0
        self._asked: Flight | None = None  # of which the board was asked: nothing else is sent until it has answered

    def run(self, images: Iterable[bytes]) -> Iterator[bytes]:
        """The result of each image, in their order."""
        flights: deque[Flight] = deque()
        source = iter(images)
        image = next(source, None)
        self.clean, self._asked = False, None
        while image is not None or flights:
            try:
                while image is not None and len(flights) < self.identity.slots and self._asked is None:
                    flights.append(self._flight(image))
                    image = next(source, None)
                    self._launch(flights[-1])
                self._step(flights)
            except Unplugged:
                self.recover()
                self._asked = None
                for flight in flights:
                    flight.parts.clear()
                    self._launch(flight)
            while flights and len(flights[0].parts) == self.identity.result_blocks:
                parts = flights.popleft().parts
                yield b"".join(parts[block] for block in sorted(parts))
        self.clean = True

    def _flight(self, image: bytes) -> Flight:
        size = self.identity.block
        return Flight(image, [image[at : at + size] for at in range(0, len(image), size)])

    def _launch(self, flight: Flight) -> None:
        flight.seq, self._number = self._number, (self._number + 1) % NUMBERS
        flight.again = False
        self._send(flight, range(len(flight.blocks)))

    def _send(self, flight: Flight, blocks: Sequence[int]) -> None:
        flight.last = blocks[-1]
        flight.sent = time.monotonic()
        flight.due = flight.sent + self.patience.wait
        self.line.send(*(Image(flight.seq, block, flight.blocks[block]) for block in blocks))

    def _step(self, flights: Sequence[Flight]) -> None:
        """Wait for one event and do what it asks for."""
        late = self._asked or min(flights, key=lambda flight: flight.due)
        event = self.line.receive(late.due)
        if event is None:
            self.line.in_vain(self.patience if self._asked is None else self.line.patience)
            self._ask(late)
        elif isinstance(event, Noise):
            if self._asked is None:
                self._ask(late)
        elif (flight := next((flight for flight in flights if flight.seq == event.seq), None)) is not None:
            self._heard(flight, event)

    def _ask(self, flight: Flight) -> None:
        block = next(block for block in range(self.identity.result_blocks) if block not in flight.parts)
        flight.again, self._asked = True, flight
        flight.waited += self.patience.wait
        if flight.waited > ENOUGH * self.line.silence:
            remedy = "reset it with everything=True, or switch it off and on"
            raise NoAnswer(f"the board on {self.line.port.name} answers, and does not finish an image", remedy)
        flight.due = time.monotonic() + self.line.patience.wait
        self.line.send(Ask(flight.seq, block))

    def _heard(self, flight: Flight, event: Reply) -> None:
        self.patience.heard()
        asked = self._asked is flight
        if len(flight.parts) == self.identity.result_blocks:
            return  # it waits for the one before
        if isinstance(event, Result | ImageState) or (
            isinstance(event, Refused) and event.of in (Kind.IMAGE, Kind.RESULT)
        ):
            self._asked = None if asked else self._asked
        if isinstance(event, Result):
            self._result(flight, event)
        elif isinstance(event, ImageState):
            self._state(flight, event, asked)
        elif isinstance(event, Refused):
            self._refused(flight, event)

    def _result(self, flight: Flight, event: Result) -> None:
        now = time.monotonic()
        flight.parts[event.block] = event.data
        flight.due = now + self.patience.wait
        if len(flight.parts) == self.identity.result_blocks:
            flight.due = float("inf")
            if not flight.again:
                self.patience.answered(now - flight.sent)

    def _state(self, flight: Flight, event: ImageState, asked: bool) -> None:
        flight.due = time.monotonic() + self.patience.wait
        if event.state == Place.DONE:
            self._ask(flight)
        elif event.state in (Place.FILLING, Place.UNKNOWN):
            missing = [block for block in event.missing if block < len(flight.blocks)]
            # While blocks are still on their way to the board, what it misses is not lost.
            if missing and self._asked is None and (asked or flight.last not in missing):
                flight.again = True
                self._send(flight, missing)

    def _refused(self, flight: Flight, event: Refused) -> None:
        if event.code == Code.WEIGHTS:
            self.reload()
            self._ask(flight)
        elif event.code != Code.BUSY:
            raise Refusal(f"the board on {self.line.port.name} {WORDS[event.code]}", event.code)
        flight.again = True
        flight.due = time.monotonic() + self.patience.wait
