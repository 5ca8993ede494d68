"""What one number on a stream can be: a bipolar bit, or an integer with known bounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """The set of values that one element of a tensor or of a stream can take.

    A *bit* is bipolar: stored 1 means +1 and stored 0 means -1, so its bounds are -1 and +1 although
    it travels as one wire. Anything else is an integer between `lo` and `hi`, both included, in the
    narrowest two's complement (or unsigned, where `lo` >= 0) form that holds both.
    """

    lo: int
    hi: int
    bit: bool = False

    def __post_init__(self) -> None:
        if self.lo > self.hi:
            raise ValueError(f"an element's lower bound must not exceed its upper one, got {self.lo} > {self.hi}")
        if self.bit and (self.lo, self.hi) != (-1, 1):
            raise ValueError(f"a bit is -1 or +1, got bounds {self.lo} and {self.hi}")

    @property
    def signed(self) -> bool:
        """Whether the stored form needs a sign."""
        return not self.bit and self.lo < 0

    @property
    def width(self) -> int:
        """Number of wires; at least 1."""
        if self.bit:
            return 1
        if self.lo < 0:
            return 1 + max(self.hi.bit_length(), (-self.lo - 1).bit_length())
        return max(1, self.hi.bit_length())

    def holds(self, other: "Element") -> bool:
        """Whether every value of the other is one of this one; bits count as -1 and +1, but numbers never as bits."""
        return self == other or (not self.bit and self.lo <= other.lo and other.hi <= self.hi)

    def __str__(self) -> str:
        if self.bit:
            return "bit"
        return f"{'i' if self.signed else 'u'}{self.width}[{self.lo}, {self.hi}]"


BIT = Element(-1, 1, bit=True)
