"""A component that may be made and never become hardware."""

from collections.abc import Callable
from typing import Any

from amaranth.lib import wiring


class Spare:
    """Amaranth warns of components that nobody elaborates, from wherever the garbage collector happens to run; of those
    that are this as well it does not.
    """

    _MustUse__silence = True


class Part(Spare, wiring.Component):
    """What planning makes in numbers to ask for its figures, and tests for its model.

    Its ports, whose `members` are those of its signature, come to be when the first of them is asked for: wide ones
    take a thousand times as long as all else.
    """

    def __init__(self, members: Callable[[], dict[str, wiring.Member]]) -> None:
        self._members = members

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there, like a port that nobody has asked for yet."""
        members = self.__dict__.pop("_members", None)
        if members is None:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        super().__init__(members())
        return getattr(self, name)
