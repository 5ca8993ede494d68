"""Options that several verbs share, and the types of their values."""

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any


def fraction(text: str) -> Fraction:
    """`1/255`, `0.5` or `-1`, exactly."""
    from binloom.number import RULE, exact, shown

    try:
        return exact(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"give a fraction such as 1/255, {RULE}, got {shown(text)}") from None


def path(text: str) -> Path:
    """Of a file or a folder. An empty one, as of a shell's variable that is not set, would be the folder one is in."""
    if not text:
        raise argparse.ArgumentTypeError("give a path, got ''")
    return Path(text)


def positive(text: str) -> int:
    """A whole number from 1 up."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """A whole number of 32 bits."""
    from binloom.number import SEEDS

    return _whole(text, SEEDS[0], SEEDS[-1])


def port(text: str) -> int:
    """Of TCP."""
    return _whole(text, 1, 65_535)


def above_zero(text: str) -> float:
    """A number greater than 0, and finite."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"give a number above 0, got {text!r}")
    return value


def seconds(text: str) -> float:
    """`0.5ms`, `80us` or `1s`."""
    import re

    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)(s|ms|us)", text, re.ASCII)
    if found is None or not 0 < float(found[1]) < float("inf"):
        raise argparse.ArgumentTypeError(f"give a time such as 0.5ms, 80us or 1s, got {text[:40]!r}")
    return float(found[1]) * {"s": 1, "ms": 1e-3, "us": 1e-6}[found[2]]


def share(text: str) -> float:
    """`80%` or `0.8`."""
    number = text.removesuffix("%")
    try:
        value = float(number) / (100 if number != text else 1)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"give a share such as 80%, above 0% and at most 100%, got {text[:40]!r}")
    return value


def amount(text: str) -> Any:
    """`5000`, or `40%` of what there is."""
    from binloom.compiler.plan.wish import Bound

    try:
        return Bound.of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"give a number such as 5000, or a share such as 40%, got {text[:40]!r}"
        ) from None


def add_config(parser: argparse._ActionsContainer) -> None:
    """`--config`."""
    parser.add_argument(
        "--config", type=path, metavar="FILE", help="the architecture as JSON, where MODEL holds nothing but weights"
    )


def add_numbers(parser: argparse.ArgumentParser) -> None:
    """How a model's real numbers become integers; `numbers` takes them up again."""
    group = parser.add_argument_group("numbers")
    group.add_argument(
        "--input-scale",
        type=fraction,
        metavar="S",
        help="a pixel p stood for S*p + O in training: 1/255, or 2/255 with an offset of -1 (default: what the model's "
        "own Rescaling layer says, else 1/255)",
    )
    group.add_argument("--input-offset", type=fraction, metavar="O", help="see above (default: 0)")
    group.add_argument(
        "--weight-bits",
        type=positive,
        metavar="N",
        help="width of weights that are neither binary nor whole numbers; those that are stay exact (default: 8)",
    )
    group.add_argument(
        "--int8-batchnorm",
        type=path,
        metavar="SET.npz",
        help="make 8-bit units of batch normalisations that stay numbers, calibrated on its x_train (500 images at "
        "most), and say what that does to the results (to the accuracy as well, where there is y_train)",
    )
    add_config(group)


def numbers(args: argparse.Namespace) -> dict[str, Any]:
    """Those of these options that were given, by the names that the Python API has for them."""
    names = ("input_scale", "input_offset", "weight_bits", "int8_batchnorm", "config")
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def _whole(text: str, least: int, most: int | None = None) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least or (most is not None and value > most):
        span = f"{least} up" if most is None else f"{least} to {most}"
        raise argparse.ArgumentTypeError(f"give a whole number from {span}, got {text[:40]!r}")
    return value
