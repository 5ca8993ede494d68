"""What a value in a recipe may be: the same for a key in every table that has it, read from a file or made in Python.

Upper limits are well beyond the networks of the papers, so that a slip of the pen is told at once. Where only a few
numbers will do (`depth`, `planes`), the model itself says which.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from typing import Any

from binloom.compiler.errors import InputError, shown

LIMITS: Mapping[str, tuple[int, int | float]] = {
    # [elm] and [[fit]]
    "epochs": (1, 1_000_000),
    "batch": (1, 65_536),
    "shifts": (0, 256),
    "rate": (0, 1e30),
    "decay": (0, 1),
    "trials": (1, 1_000_000),
    "judges": (2, 1_000_000),
    "c": (0, 1e30),
    "bits": (2, 16),
    "turn": (0, 180),
    "zoom": (0, 0.5),
    "validation": (0, 0.5),
    "patience": (0, 1_000_000),
    # models
    "width": (0, 4),
    "multipliers": (1, 4_096),
    "nl": (0, 64),
    "kernel": (1, 63),
    "committee": (1, 64),
    "hidden": (1, 16_384),
    "filters": (1, 2_048),
    "plane_filters": (1, 2_048),
    "units": (1, 8_192),
    "stem": (1, 2_048),
    "stem_strides": (1, 16),
    "strides": (1, 16),
    "ratios": (0, 1),
    "squeeze": (1, 256),
    "blocks": (1, 64),
}


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _list_of(good: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(map(good, value))


# What a value of each annotated type may be, and how that is said.
KINDS: Mapping[Any, tuple[Callable[[Any], bool], str]] = {
    int: (lambda value: type(value) is int, "a whole number"),
    float: (_is_number, "a number"),
    float | None: (_is_number, "a number"),
    bool: (lambda value: type(value) is bool, "true or false"),
    str: (lambda value: type(value) is str, "a text"),
    tuple[int, ...]: (_list_of(lambda one: type(one) is int), "a list of whole numbers"),
    tuple[float, ...]: (_list_of(_is_number), "a list of numbers"),
    tuple[str, ...]: (_list_of(lambda one: type(one) is str), "a list of texts"),
}


def demand(table: Any) -> None:
    """InputError where a field of a dataclass has a value that it may not have; its default it may have."""
    for key in fields(table):
        value = getattr(table, key.name)
        if type(value) is type(key.default) and value == key.default:
            continue
        value = list(value) if isinstance(value, tuple) else value  # as a file has it
        good, rule = KINDS[key.type]
        if value == []:
            raise InputError(f"{key.name} is empty", f"give {rule}")
        if not good(value) or (rule := broken(key, value)):
            raise InputError(f"{key.name} is {shown(value)}", f"give {rule}")


def demand_effect(table: Any, there: Any, what: str, *names: str) -> None:
    """InputError where one of these fields is not as by default, and `what` it needs to have an effect is not there."""
    for key in fields(table):
        if key.name in names and not there and getattr(table, key.name) != key.default:
            raise InputError(f"{key.name} does nothing without {what}", f"give {what}, or leave {key.name} out")


def broken(key: Field, value: Any) -> str:
    """The rule that a number, or one of a list of them, does not keep; nothing where it does.

    A default of 0 may always be written; else a number that need not be whole is above 0, unless its default is none.
    """
    if key.name not in LIMITS:
        return ""
    least, most = LIMITS[key.name]
    if key.default == 0:
        least = 0
    whole, several = key.type in (int, tuple[int, ...]), isinstance(value, list)
    positive = not whole and key.default not in (0, None)
    if all(least <= one <= most and not (positive and one == 0) for one in (value if several else [value])):
        return ""
    what = ("whole numbers" if whole else "numbers") if several else ("whole number" if whole else "number")
    span = f"above {least} and up to {most:,}" if positive else f"from {least} to {most:,}"
    return f"a {'list of ' * several}{what} {span}"
