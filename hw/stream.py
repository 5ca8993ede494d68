"""Streams of feature maps: what travels on a wire between two blocks, and in which order.

A frame of shape (height, width, channels) travels row-major, pixel after pixel; within a pixel its
channels travel in groups of `lanes`; lane 0 is the lowest channel. It may travel in planes instead: its channels are
split into equal runs, and all pixels of the first run pass, then all of the next. A beat is one accepted transfer
(valid and ready in the same cycle), so a frame is height * width * channels / lanes beats. Frames follow
each other with nothing in between. `valid` never waits for `ready`, and once raised it stays, with its
payload, until the beat is accepted.
"""

from dataclasses import dataclass, replace

import numpy as np
from amaranth.hdl import Cat, Const, Format, Shape, signed, unsigned
from amaranth.lib import data, stream, wiring

from binloom.hw.element import BIT, Element
from binloom.hw.part import Part

# A word of a load, by which weights come at boot: as wide as an UltraPlus' single-port RAM, and two bytes of any link.
LOAD_WIDTH = 16
LOAD = stream.Signature(LOAD_WIDTH)


def element_shape(element: Element) -> Shape:
    """The Amaranth shape that stores one element."""
    return signed(element.width) if element.signed else unsigned(element.width)


class Lanes(data.ArrayLayout):
    """The elements of one beat. In Verilog and in waves one vector: a wire an element would bury all else."""

    def format(self, value, format_spec) -> Format:
        return Format("{:x}", value.as_value())


@dataclass(frozen=True, slots=True)
class Map:
    """A feature map as it travels: shape, element and lanes. The one object that model and circuit share.

    With `planes` > 1 the frame travels as so many frames of `plane`, each of `run` channels. A vector that was a map
    in planes keeps the order of its stream: it is made of blocks of planes * run channels, one a pixel of that map, and
    the first run of every block passes, then the next of each. Its lanes may then be any part of it. A vector
    whose planes change no order has one plane.
    """

    height: int
    width: int
    channels: int
    lanes: int
    element: Element
    planes: int = 1
    run: int = 0  # channels side by side in a plane; by default all that the planes give it

    def __post_init__(self) -> None:
        for name in ("height", "width", "channels", "lanes", "planes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        run = self.channels if self.planes == 1 else self.run or max(1, self.channels // self.planes)
        if self.channels % (self.planes * run):
            raise ValueError(
                f"planes must divide the channels, got {self.planes} of {run} for {self.channels} channels"
            )
        vector = self.pixels == 1
        if not vector and self.planes > 1 and self.channels != self.planes * run:
            raise ValueError(f"only a vector is made of blocks, got a map of {self.channels} in {self.planes} x {run}")
        if vector and self.channels == self.planes * run:
            object.__setattr__(self, "planes", 1)
            run = self.channels
        object.__setattr__(self, "run", run)
        if (self.channels if vector else run) % self.lanes:
            whole = "the channels" if vector or self.planes == 1 else f"the {run} channels of a plane"
            raise ValueError(f"lanes must divide {whole}, got {self.lanes} lanes for {self.channels} channels")

    @property
    def permuted(self) -> bool:
        """Whether it is a vector in another order than that of its channels."""
        return self.planes > 1 and self.pixels == 1

    @property
    def order(self) -> np.ndarray:
        """The channels of all planes of a pixel in the order in which they pass."""
        blocks = np.arange(self.channels).reshape(-1, self.planes, self.run)
        return blocks.transpose(1, 0, 2).ravel()

    @property
    def sweeps(self) -> int:
        """How often all pixels pass in a frame."""
        return 1 if self.planes == 1 or self.permuted else self.planes

    @property
    def plane(self) -> "Map":
        """The map that one sweep carries."""
        if self.permuted:
            raise ValueError(f"a vector has no planes of its own, got {self}")
        return replace(self, channels=self.run, planes=1)

    @property
    def groups(self) -> int:
        """Beats a pixel, in each sweep."""
        return self.channels // self.sweeps // self.lanes

    @property
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def beats(self) -> int:
        """Beats a frame."""
        return self.height * self.width * (self.channels // self.lanes)

    @property
    def stored_width(self) -> int:
        """Wires of one element."""
        return self.element.width

    @property
    def stored_signed(self) -> bool:
        return self.element.signed

    @property
    def payload(self) -> Lanes:
        return Lanes(element_shape(self.element), self.lanes)

    @property
    def signature(self) -> stream.Signature:
        return stream.Signature(self.payload)

    def to_beats(self, frames: np.ndarray) -> np.ndarray:
        """Frames (N, height, width, channels) as beats (N * beats, lanes), in the order of the stream."""
        split = np.asarray(frames).reshape(
            -1, self.pixels, self.channels // (self.planes * self.run), self.planes, self.run
        )
        return np.ascontiguousarray(split.transpose(0, 3, 1, 2, 4)).reshape(-1, self.lanes)

    def to_frames(self, beats: np.ndarray) -> np.ndarray:
        """The inverse of `to_beats`."""
        split = np.asarray(beats).reshape(
            -1, self.planes, self.pixels, self.channels // (self.planes * self.run), self.run
        )
        return split.transpose(0, 2, 3, 1, 4).reshape(-1, self.height, self.width, self.channels)


def repeated(needs: np.ndarray, times: int, beats: int) -> np.ndarray:
    """`needs` of one frame, or plane, for so many back to back, of so many input beats each."""
    return (needs + beats * np.arange(times)[:, np.newaxis]).ravel()


def check_order(map: Map) -> None:
    """ValueError for a vector whose elements do not pass in the order of their channels."""
    if map.permuted:
        raise ValueError(f"elements must pass in the order of their channels, got {map}")


def decode(value, element: Element):
    """An element's wires as the number they stand for: a bit becomes a signed -1 or +1."""
    if element == BIT:
        return Cat(Const(1, 1), ~value).as_signed()  # 1 -> 0b01 = +1, 0 -> 0b11 = -1
    return value


class Block(Part):
    """A component with one input stream `i`, one output stream `o` and frames in between.

    Subclasses set `i_map` and `o_map` before calling `super().__init__`, and define

    - `latency`: cycles from the acceptance of the beat that completes an output beat to that output's `valid`,
      nothing stalling;
    - `cycles`: cycles a frame in steady state, nothing stalling (the initiation interval of a frame);
    - `needs()`: for output beat k of a frame, how many input beats of that frame must have been accepted before
      it can appear (an int64 array of `o_map.beats` entries, never decreasing); what FIFO depths are computed from;
    - `follows()`: the same where the next frame follows at once, whose first beats may then be what lets the last
      outputs out (entries above `i_map.beats`); as `needs()` unless a block says so;
    - `model(beats)`: the NumPy definition, stored input beats of whole frames (n, lanes) to stored output beats.

    A block whose words come at boot says how many, `load_words`, and which, `load_image()`; it has a stream `load` for
    them, and `load_last`, which is high while the last of them passes; `load_check` and `load_back` read them back
    (hw/arrays/loaded.py).

    A block that is `whole` takes a beat a cycle until it has a frame, and does everything else behind the last one.

    A block that is `buffered` takes its next inputs while outputs that earlier ones let out still wait in it. The
    `i.ready` of one that is `settled` comes from registers alone.
    """

    i_map: Map
    o_map: Map
    buffered: bool = False
    whole: bool = False
    load_words: int = 0

    @property
    def settled(self) -> bool:
        return False

    def __init__(self) -> None:
        def members() -> dict[str, wiring.Member]:
            streams = {"i": wiring.In(self.i_map.signature), "o": wiring.Out(self.o_map.signature)}
            load = {"load": wiring.In(LOAD), "load_last": wiring.Out(1)}
            load |= {"load_check": wiring.In(1), "load_back": wiring.Out(LOAD_WIDTH)}
            return streams | (load if self.load_words else {})

        super().__init__(members)

    def load_image(self) -> np.ndarray:
        raise NotImplementedError

    @property
    def latency(self) -> int:
        raise NotImplementedError

    @property
    def cycles(self) -> int:
        return max(self.i_map.beats, self.o_map.beats)

    def needs(self) -> np.ndarray:
        raise NotImplementedError

    def follows(self) -> np.ndarray:
        return self.needs()

    def model(self, beats: np.ndarray) -> np.ndarray:
        raise NotImplementedError
