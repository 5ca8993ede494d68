"""Which way to multiply: the cheapest dot product for what meets."""

from binloom.hw.arrays.dot import BitSelect, Dot, Multiply, SignedAdd, XnorPopcount
from binloom.hw.arrays.dot_shared import SharedAdd, SharedCount
from binloom.hw.element import Element


def dot_class(element: Element, weight: Element, words: int, rows: int) -> type[Dot]:
    """The cheapest way to multiply these, `rows` rows of a beat at once."""
    if element.bit and weight.bit:
        # The shared count of all bits is one row's work.
        return SharedCount if words == 1 and rows >= 3 else XnorPopcount
    if weight.bit:
        return SharedAdd if words == 1 else SignedAdd
    return BitSelect if element.bit else Multiply
