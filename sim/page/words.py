"""A few words each for what an op of a manifest is: its stream, its weights, its fold."""

from collections.abc import Mapping
from dataclasses import fields

from binloom.compiler.design.fold import Fold


def element_of(op: Mapping) -> str:
    element = op["stream"]["element"]
    return "bit" if element["bit"] else f"{'i' if element['signed'] else 'u'}{element['width']}"


def shape_of(op: Mapping) -> str:
    return " \N{MULTIPLICATION SIGN} ".join(map(str, op["stream"]["shape"]))


def stream_of(op: Mapping) -> str:
    """Shape, element and lanes of what it sends."""
    return f"{shape_of(op)} {element_of(op)}, {lanes(op['stream']['lanes'])}"


def lanes(count: int) -> str:
    return f"{count} lane{'s' if count > 1 else ''}"


def weights_of(op: Mapping) -> str:
    weights = op["weights"]
    if weights is None:
        return ""
    bits = f"{weights['bits']} bit{'s' if weights['bits'] > 1 else ''}"
    return f"{weights['count']:,} \N{MULTIPLICATION SIGN} {bits}, {weights['kind']}"


def fold_of(op: Mapping) -> str:
    """How much of it happens in a cycle."""
    return Fold(**{field.name: op["fold"][field.name] for field in fields(Fold)}).told(op["weights"] is not None)
