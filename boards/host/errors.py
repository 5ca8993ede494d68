"""What can go wrong between a host and a board."""

from binloom.compiler.errors import InputError


class DeviceError(InputError):
    """A board does not answer, or not as it should. The command line prints it and exits with status 2."""


class NoAnswer(DeviceError):
    """Nothing, or nothing whole, came back."""


class Unplugged(DeviceError):
    """The port is gone."""


class WrongModel(DeviceError):
    """The board carries something else than the build does."""
