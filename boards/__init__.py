"""Boards: what is around a network on each of them, the bitstream that comes of it, and the host's side of its line.

    from binloom.boards import Device

Nothing is imported before it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binloom.boards.host.aio import AsyncDevice
    from binloom.boards.host.device import Benchmarked, Counts, Device
    from binloom.boards.host.errors import DeviceError, NoAnswer, Unplugged, WrongModel
    from binloom.boards.host.layout import Result

_PLACES = {
    **dict.fromkeys(("Benchmarked", "Counts", "Device"), "device"),
    **dict.fromkeys(("DeviceError", "NoAnswer", "Unplugged", "WrongModel"), "errors"),
    "AsyncDevice": "aio",
    "Result": "layout",
}
__all__ = [
    "AsyncDevice",
    "Benchmarked",
    "Counts",
    "Device",
    "DeviceError",
    "NoAnswer",
    "Result",
    "Unplugged",
    "WrongModel",
]


def __getattr__(name: str) -> object:
    import importlib

    if name not in _PLACES:
        raise AttributeError(f"module 'binloom.boards' has no attribute {name!r}")
    return getattr(importlib.import_module(f"binloom.boards.host.{_PLACES[name]}"), name)
