"""What travels on the link, as numbers that circuit and host share: kinds, states, sizes. docs/link.md has the whole.

Plain Python: a host that only talks to a board needs nothing else of this room.
"""

from enum import IntEnum

VERSION = 1

BLOCK = 256  # bytes of data that a packet carries at most
BLOCKS = 256  # blocks of an image, of a result or of the identity at most, since a byte counts them
LOAD_BLOCKS = 1 << 16  # blocks of a load at most
SUM_CYCLES = 20  # that a word of a load takes at most to be read back and summed up
HEAD = 3  # bytes of kind and number, before the body
CHECK = 4  # bytes of the CRC behind it
LONGEST = HEAD + 2 + BLOCK + CHECK  # bytes of a packet: those of a block of weights

DELIMITER = 0  # the byte between packets, which COBS takes out of them
RUN = 254  # bytes without a zero that one code byte of COBS covers

REPLY = 0x80  # what an answer's kind has more than the request's


class Kind(IntEnum):
    """The first byte of a request; with REPLY, of its answer."""

    IDENTIFY = 1
    IMAGE = 2
    RESULT = 3
    LOAD = 4
    CHECK = 5
    BENCHMARK = 6
    COUNTERS = 7
    RESET = 8
    REFUSED = 0x7F  # only with REPLY


class Place(IntEnum):
    """Where an image is."""

    FILLING = 0  # blocks are missing
    WHOLE = 1  # all are there: it waits for the network, or is in it
    DONE = 2  # its result waits
    UNKNOWN = 3  # nothing of it is there


class Weights(IntEnum):
    """What the board knows of weights that are loaded."""

    BUILT_IN = 0  # there are none: all came with the bitstream
    MISSING = 1  # a load has not come, or not to its end
    GOOD = 2  # the last check found what the build says
    BAD = 3  # it did not


class Bench(IntEnum):
    """Where a benchmark is."""

    RUNNING = 0
    DONE = 1


class Code(IntEnum):
    """Why a request was refused."""

    UNKNOWN = 1  # no such kind
    LENGTH = 2  # a body too long or too short for its kind, or for its block
    BLOCK = 3  # no such block, or no frames to run
    BUSY = 4  # not while frames run: ask again
    WEIGHTS = 5  # not before all weights are there and good
    NOISE = 6  # something came that was no packet; its kind and number are not known, and said as 0


class Scope(IntEnum):
    """What a reset forgets."""

    IMAGES = 0  # all images and results
    ALL = 1  # these, what the network holds, weights that were loaded, and the counters


# What the counters count, before the stalls of the network's stages: one for each stage, in the order of the network.
COUNTERS = ("frames", "crc_errors", "malformed", "overruns")
