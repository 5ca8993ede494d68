"""The same numbers in another element that holds them: wires only."""

import numpy as np

from binloom.hw.element import Element
from binloom.hw.stream import decode


def convert(value, element: Element, o_element: Element):
    """An element's wires as another element's: bits stay bits, and become numbers beside numbers."""
    return value if o_element.bit else decode(value, element)


def widen(values: np.ndarray, element: Element, o_element: Element) -> np.ndarray:
    """What `convert` does to stored numbers."""
    return 2 * values - 1 if element.bit and not o_element.bit else values
