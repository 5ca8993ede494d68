"""A board as a Python object: images in, classes and logits out."""

import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, count
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from binloom.boards.board import SPI
from binloom.boards.host.errors import DeviceError, NoAnswer, Unplugged, WrongModel
from binloom.boards.host.layout import Layout, Result
from binloom.boards.host.line import Line, Refusal
from binloom.boards.host.patience import LEAST, Patience
from binloom.boards.host.port import BAUD, TERMINALS, Port, SerialPort
from binloom.boards.host.transfer import Transfer
from binloom.boards.identity import Foreign, Identity, model_hash
from binloom.boards.made import made
from binloom.boards.protocol import (
    Benched,
    Benchmark,
    Check,
    Checked,
    Counted,
    Counters,
    Identify,
    Load,
    Loaded,
    Reset,
    ResetDone,
)
from binloom.boards.protocol import Identity as IdentityBlock
from binloom.compiler.build import Build
from binloom.compiler.errors import InputError
from binloom.hw.link.elements import frame_bytes
from binloom.hw.link.format import BLOCK, COUNTERS, SUM_CYCLES, Bench, Code, Scope, Weights
from binloom.hw.link.uart import SHORTEST

SIM = "sim"  # the name of the port behind which there is no board
FIRST, SILENCE = 0.3, 4.0  # seconds: the first wait, and all waits in vain after which nobody is there
FIRST_SIM, SILENCE_SIM = 5.0, 120.0  # of a simulation, which keeps no time
REPLUG = 15.0  # seconds in which an unplugged board may come back
RECHECK = 10.0  # seconds of images after which weights that were loaded are looked at again
BITS = 10  # on the line for a byte
WORD = 2  # bytes of a load's
SHORT = 24  # bytes of a request without data and its answer
FRAMES = range(1, 1 << 16)  # of a benchmark
LENGTH = 22  # where the identity record tells its own length
WAKE = bytes(4)  # ends whatever the line was in the middle of


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """So many frames took so many cycles: from the first beat into the network to the last one out of it."""

    frames: int
    cycles: int

    @property
    def cycles_per_frame(self) -> float:
        return self.cycles / self.frames


@dataclass(frozen=True, slots=True)
class Counts:
    """What a board has counted since it was switched on, or reset whole.

    `stalls` are the cycles in which each stage's result had to wait for the next stage.
    """

    frames: int
    crc_errors: int
    malformed: int
    overruns: int
    stalls: Mapping[str, int]


def baud_of(folder: Path) -> int:
    """That of the serial line of the bitstream that was made last; of a build without one what it would be."""
    last = made(folder)
    return last.baud if last and last.baud else BAUD


class Device:
    """A board that carries the network of a build, on a serial port; on the port "sim", a simulated one.

        with Device("/dev/ttyUSB0", "build") as board:
            print(board.infer(image))
            for result in board.batch(images): ...

    It opens the port, asks the board who it is, and refuses one that carries another model, or speaks another version
    of the protocol, by WrongModel. Weights that come at boot are loaded where they are missing or damaged, which is
    looked at again between images, every `recheck` seconds; a check is all that finds a bit that was lost. What is lost
    or damaged on the line is sent again, until nothing has come back in `silence` seconds of waiting: NoAnswer. A board
    that is unplugged has `replug` seconds to come back; what it had not answered by then is sent again. All of these
    errors are DeviceErrors. `note` hears in a sentence what the device does by itself, and which results may be wrong.

    Not for several threads at a time; AsyncDevice is for asyncio.
    """

    def __init__(
        self,
        port: str | Port,
        build: Build | Path | str = "build",
        *,
        baud: int | None = None,
        silence: float | None = None,
        replug: float = REPLUG,
        recheck: float = RECHECK,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.build = build if isinstance(build, Build) else Build.load(build)
        self.layout = Layout(self.build)
        self.replug, self.recheck = replug, recheck
        self._stale, self._unsure = inf, 0  # when weights are looked at again; results since they were
        self._note = note or (lambda text: None)
        self._stack = ExitStack()
        try:
            self._baud = baud or baud_of(self.build.dir)
            self.port = self._open(port)
            self._slow = self.port.name.startswith(TERMINALS)
            first, enough = (FIRST_SIM, SILENCE_SIM) if self._slow else (FIRST, SILENCE)
            self._line = Line(self.port, first, silence or enough)
            self.identity = self._meet()
            patience = Patience(self._line.patience.wait + self._transport())
            self._transfer = Transfer(self._line, self.identity, patience, self._recover, self._mend)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back; twice does no harm."""
        self._stack.close()

    def infer(self, image: np.ndarray | Path | str) -> Result:
        """Classify one image: an array of the model's own pixels, or an image file, which is made to fit."""
        (result,) = self.batch([image])
        return result

    def batch(self, images: Iterable[np.ndarray | Path | str]) -> Iterator[Result]:
        """The result of each image, in their order; the next ones are on their way meanwhile."""
        if not self._transfer.clean:
            self.reset()
        waiting = map(self._image, images)
        for image in waiting:
            if time.monotonic() >= self._stale:
                self.check()
            for data in self._transfer.run(chain([image], self._while_fresh(waiting))):
                self._unsure += 1
                yield self.layout.result(data)

    def load(self) -> None:
        """Send the weights that the board's memories are to hold; DeviceError where it does not keep them."""
        words = self.build.load_image.astype("<u2").tobytes()
        blocks = [words[at : at + BLOCK] for at in range(0, len(words), BLOCK)]
        at = tries = 0
        while tries < 3:
            patience = self._summing if at == len(blocks) - 1 else None
            state = self._line.ask(Load(self._line.number(), at, blocks[at]), Loaded, patience)
            if state.state == Weights.GOOD:
                self._good()
                return
            at = state.following
            if state.state == Weights.BAD or at >= len(blocks):
                at, tries = 0, tries + 1
        raise DeviceError(f"the board on {self.port.name} does not keep its weights", "is its memory broken?")

    def check(self) -> bool:
        """Have the board read its weights back. Where they are damaged they are loaded again, and it is False."""
        try:
            state = self._line.ask(Check(self._line.number()), Checked, self._summing).state
        except Refusal as refusal:
            if refusal.code != Code.WEIGHTS:
                raise
            state = Weights.MISSING
        if state in (Weights.BUILT_IN, Weights.GOOD):
            self._good()
            return True
        self._mend(missing=state == Weights.MISSING)
        return False

    def benchmark(self, frames: int = 1000) -> Benchmarked:
        """Frames that the board holds itself through the network, as fast as it takes them."""
        if frames not in FRAMES:
            raise InputError(f"a benchmark is of {FRAMES[0]} to {FRAMES[-1]} frames, got {frames}")
        request = Benchmark(self._line.number(), frames)  # sent again it tells where it is
        while (state := self._line.ask(request, Benched)).state == Bench.RUNNING:
            time.sleep(self._line.patience.wait)
        return Benchmarked(frames, state.cycles)

    def counters(self) -> Counts:
        """What the board has counted."""
        values: list[int] = []
        names = [block["name"] for op in self.build.manifest["ops"] for block in op["blocks"]]
        while len(values) < len(COUNTERS) + self.identity.stages:
            block = 4 * len(values) // BLOCK
            values += self._line.ask(Counters(self._line.number(), block), Counted).values
        own, stalls = values[: len(COUNTERS)], values[len(COUNTERS) :]
        frames, crc_errors, malformed, overruns = own
        return Counts(frames, crc_errors, malformed, overruns, dict(zip(names, stalls, strict=True)))

    def reset(self, *, everything: bool = False) -> None:
        """Forget the images that are under way; or everything, weights and counters as well."""
        scope = Scope.ALL if everything else Scope.IMAGES
        self._line.ask(Reset(self._line.number(), scope), ResetDone)
        if everything:
            self._weights()

    def _transport(self) -> float:
        """Seconds that the images in all slots may be on the line: by its rate, and by how long short packets took."""
        length = self.identity.image_bytes * self.identity.slots
        return length * max(BITS / self._baud, self._line.patience.mean / SHORT)

    def _sum(self) -> float:
        """Seconds in which the board's weights are read back, at most: a bit on the line has SHORTEST cycles or more.

        A simulation keeps no rate, so there it is by how long short packets took.
        """
        bit = self._line.patience.mean / (SHORT * BITS) if self._slow else 1 / self._baud
        return SUM_CYCLES * self.identity.load_bytes / WORD * bit / SHORTEST

    def _open(self, port: str | Port) -> Port:
        if not isinstance(port, str):
            opened = port
        elif port == SIM:
            from binloom.boards.virtual.board import virtual

            opened = SerialPort(self._stack.enter_context(virtual(self.build)), self._baud)
        else:
            opened = SerialPort(port, self._baud)
        self._stack.callback(opened.close)
        return opened

    def _meet(self) -> Identity:
        """The beginning; where nothing answers because the board listens on other pins, that is said."""
        try:
            return self._begin()
        except NoAnswer:
            last = made(self.build.dir)
            if last is None or last.line != SPI:
                raise
            raise NoAnswer(
                f"nothing answers on {self.port.name}, and the bitstream of {self.build.dir} has its link on SPI",
                "put a master of the bus between (docs/host.md), or binloom build it without --link spi",
            ) from None

    def _begin(self) -> Identity:
        """From a port that was just opened to a board that takes images."""
        self._line.clear()
        self.port.write(WAKE)
        self.reset()
        identity = self._identify()
        told, wanted = identity.hash, model_hash(self.build.manifest)
        if told != wanted:
            raise WrongModel(
                f"the board on {self.port.name} carries {identity.name} ({told[:8]}), "
                f"{self.build.dir} is {self.build.name} ({wanted[:8]})",
                f"write that one to it (binloom flash {self.build.dir}), or give the build that it carries",
            )
        sizes = (frame_bytes(self.layout.input), sum(self.layout.sizes.values()), 2 * len(self.build.load_image))
        if (identity.image_bytes, identity.result_bytes, identity.load_bytes) != sizes:
            raise WrongModel(
                f"the board on {self.port.name} carries {identity.name} in other streams than {self.build.dir}",
                f"it was planned anew since: binloom build and binloom flash {self.build.dir}",
            )
        self.identity = identity
        # A board that sums up its weights answers nothing else: asked again, it would lose what comes behind.
        least = LEAST + self._sum()
        self._summing = Patience(self._line.patience.wait + least, least)
        self._weights()
        return identity

    def _identify(self) -> Identity:
        record = b""
        for block in count():
            data = self._line.ask(Identify(self._line.number(), block), IdentityBlock).data
            record += data
            if len(data) < BLOCK or len(record) >= struct.unpack_from("<H", record, LENGTH)[0]:
                break
        try:
            return Identity.parse(record)
        except Foreign as error:
            remedy = f"write a bitstream of this binloom to it (binloom flash {self.build.dir})"
            raise WrongModel(f"on {self.port.name} there is {error}", remedy) from None

    def _good(self) -> None:
        """The board's weights are known to be right at this moment."""
        self._unsure = 0
        self._stale = time.monotonic() + self.recheck if self.identity.load_bytes else inf

    def _mend(self, *, missing: bool = False) -> None:
        """Load weights that are not there, or not good."""
        unsure = f"; the last {self._unsure} results may be wrong" if self._unsure else ""
        self._note("the board has no weights yet" if missing else f"the board has lost its weights{unsure}")
        self.load()
        self._note("its weights are loaded")

    def _while_fresh(self, images: Iterator[bytes]) -> Iterator[bytes]:
        """As many of them as are asked for before the weights have to be looked at again."""
        while time.monotonic() < self._stale and (image := next(images, None)) is not None:
            yield image

    def _weights(self) -> None:
        if self.identity.load_bytes:
            self.check()

    def _recover(self) -> None:
        """Wait for a board that was unplugged, and begin anew with it."""
        self._note(f"{self.port.name} is gone; waiting for it")
        end = time.monotonic() + self.replug
        while True:
            try:
                self.port.reopen()
                self._begin()
            except Unplugged:
                if time.monotonic() >= end:
                    raise
                time.sleep(0.2)
            else:
                self._note(f"{self.port.name} is back")
                return

    def _image(self, image: np.ndarray | Path | str) -> bytes:
        if isinstance(image, Path | str):
            from binloom.boards.host.pictures import read

            image = read(Path(image), self.layout.input)
        return self.layout.image(image)
