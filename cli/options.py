"""Options that several verbs share, and the types of their values."""

import argparse
from fractions import Fraction
from pathlib import Path


def fraction(text: str) -> Fraction:
    """`1/255`, `0.5` or `-1`, exactly."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"give a number or a fraction such as 1/255, got {text!r}") from None


def positive(text: str) -> int:
    """A whole number from 1 up."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"give a whole number from 1 up, got {text!r}")
    return value


def add_config(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="architecture as JSON, where MODEL holds nothing but weights"
    )


def add_lowering(parser: argparse.ArgumentParser) -> None:
    """How a model's real numbers become integers."""
    group = parser.add_argument_group("numbers")
    add_config(group)
    group.add_argument(
        "--input-scale",
        type=fraction,
        metavar="S",
        help="a pixel p stood for S*p + O in training: 1/255, or 2/255 with an offset of -1 (default: what the model's "
        "own Rescaling layer says, else 1)",
    )
    group.add_argument("--input-offset", type=fraction, default=Fraction(0), metavar="O", help="see above (default: 0)")
    group.add_argument(
        "--weight-bits",
        type=positive,
        default=8,
        metavar="N",
        help="width of weights that are neither -1/+1 nor whole numbers; these are never rounded (default: 8)",
    )
