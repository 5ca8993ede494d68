"""What a host says to a board and what comes back, as values and as bytes: the codec of docs/link.md, in plain Python.

It keeps no state but that of a line that is read: who sends what when, and again, is the host's.
"""

from binloom.boards.protocol.codec import reply_of, request_of, to_bytes
from binloom.boards.protocol.frames import Reader, checked, cobs, frame, uncobs
from binloom.boards.protocol.packet import Malformed, Packet
from binloom.boards.protocol.replies import (
    Benched,
    Checked,
    Counted,
    Identity,
    ImageState,
    Loaded,
    Refused,
    Reply,
    ResetDone,
    Result,
)
from binloom.boards.protocol.requests import Ask, Benchmark, Check, Counters, Identify, Image, Load, Request, Reset

__all__ = [
    "Ask",
    "Benched",
    "Benchmark",
    "Check",
    "Checked",
    "Counted",
    "Counters",
    "Identify",
    "Identity",
    "Image",
    "ImageState",
    "Load",
    "Loaded",
    "Malformed",
    "Packet",
    "Reader",
    "Refused",
    "Reply",
    "Request",
    "Reset",
    "ResetDone",
    "Result",
    "checked",
    "cobs",
    "frame",
    "reply_of",
    "request_of",
    "to_bytes",
    "uncobs",
]
