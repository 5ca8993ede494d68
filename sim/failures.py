"""What a simulated design can do wrong besides giving a wrong result, whichever simulator ran it."""


class Stuck(Exception):
    """It stopped before it had delivered what was expected of it."""


class ProtocolError(AssertionError):
    """A stream's source changed or withdrew a beat that had not been accepted, or marked a frame's end wrongly."""
