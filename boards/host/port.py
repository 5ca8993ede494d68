"""A serial line: bytes out, bytes in, with a time to wait. pyserial under it, for boards and terminals alike."""

import errno
import time
from typing import Any, Protocol

from binloom.boards.host.errors import Unplugged
from binloom.compiler.errors import InputError
from binloom.toolchain import find

BAUD = 1_000_000
TICK = 0.02  # seconds in which a time to wait is counted
STUCK = 30.0  # seconds after which a line that takes no byte is given up
TERMINALS = "/dev/pts/"  # behind such a port there is a simulation, which keeps no time


class Port(Protocol):
    """What a device needs of a line; anything that has these will do, a socket or a line with noise on it."""

    name: str

    def write(self, data: bytes) -> None:
        """Send all of it. Unplugged where the line is gone."""

    def read(self, timeout: float) -> bytes:
        """What has come, as soon as that is anything; b"" after `timeout` seconds. Unplugged as above."""

    def reopen(self) -> None:
        """Close it, where that still matters, and open it again. Unplugged where it is not there."""

    def close(self) -> None: ...


class SerialPort:
    """A port of the operating system, for one program at a time."""

    def __init__(self, name: str, baud: int = BAUD) -> None:
        self.name, self.baud = name, baud
        find.package("pyserial", "board", "talking to a board", find.extra("board"), module="serial").require()
        self._serial: Any = None
        try:
            self._open()
        except OSError as error:
            raise _refused(name, error) from None

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except (OSError, TypeError, AttributeError) as error:  # pyserial's own errors are OSErrors
            raise self._gone(error) from None

    def read(self, timeout: float) -> bytes:
        end = time.monotonic() + timeout
        try:
            while True:
                data = self._serial.read(max(1, self._serial.in_waiting))
                if data or time.monotonic() >= end:
                    return data
        except (OSError, TypeError, AttributeError) as error:
            raise self._gone(error) from None

    def reopen(self) -> None:
        self.close()
        try:
            self._open()
        except OSError as error:
            raise self._gone(error) from None

    def close(self) -> None:
        if self._serial is not None:
            self._serial.close()

    def _open(self) -> None:
        import serial

        self._serial = serial.Serial(self.name, self.baud, timeout=TICK, write_timeout=STUCK, exclusive=True)

    def _gone(self, error: Exception) -> Unplugged:
        return Unplugged(f"{self.name} is gone ({error})", "plug the board in again")


def _refused(name: str, error: OSError) -> InputError:
    """Why a port does not open, and what to do."""
    from serial.tools import list_ports

    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = "join its group: sudo usermod -aG dialout $USER, and log in anew"
        return InputError(f"no permission to open {name}", remedy)
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return InputError(f"{name} is in use", "end the program that has it open, or wait for it")
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        there = ", ".join(sorted(port.device for port in list_ports.comports())) or "none"
        return InputError(f"there is no port {name}", f"plug the board in; ports that are there: {there}")
    return InputError(f"{name} does not open as a serial port", "give one such as /dev/ttyUSB0")
