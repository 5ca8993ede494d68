"""A number that somebody gives, made exact: within bounds, since a few letters can write one that fills the memory."""

import re
from fractions import Fraction

Number = Fraction | int | float | str

FINEST = Fraction(1, 1 << 64)
LARGEST = Fraction(1 << 64)
LONGEST = 64  # letters
SEEDS = range(1 << 32)
PARTS = 1 << 256  # below which numerator and denominator lie
DECIMAL = re.compile(r"\s*[+-]?(\d+(/\d+)?|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?)\s*", re.ASCII)

RULE = "0 or a number of 2^-64 to 2^64 in size"


def exact(value: Number) -> Fraction:
    """`1/255`, `0.5` or `-1`, as the fraction it is; ValueError where it is none, or is not as RULE says."""
    if isinstance(value, str) and (len(value) > LONGEST or not DECIMAL.fullmatch(value)):
        raise ValueError("not a number")
    try:
        found = Fraction(value)
    except (TypeError, ArithmeticError) as error:  # OverflowError for an infinity
        raise ValueError("not a number") from error
    if max(abs(found.numerator), found.denominator) >= PARTS or (found and not FINEST <= abs(found) <= LARGEST):
        raise ValueError("out of bounds")
    return found


def shown(value: object) -> str:
    """What was given, for a message of one line."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return f"an {type(value).__name__} of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
