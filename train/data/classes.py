"""What classes are called, in the order of their labels: those of known data sets, and of others as their files say."""

from collections.abc import Mapping, Sequence

from binloom.compiler.classes import check_names
from binloom.compiler.errors import InputError

NAMES = "classes"  # of a file that has it: a text for each class
DIGITS = tuple(map(str, range(10)))

CLASSES: Mapping[str, tuple[str, ...]] = {
    "mnist": DIGITS,
    "svhn": DIGITS,
    "fashion_mnist": (
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "gtsrb": (
        "limit 20",
        "limit 30",
        "limit 50",
        "limit 60",
        "limit 70",
        "limit 80",
        "end of limit 80",
        "limit 100",
        "limit 120",
        "no passing",
        "no passing, lorries",
        "right of way",
        "priority road",
        "yield",
        "stop",
        "no vehicles",
        "no lorries",
        "no entry",
        "danger",
        "curve left",
        "curve right",
        "double curve",
        "bumpy road",
        "slippery road",
        "road narrows",
        "road work",
        "traffic signals",
        "pedestrians",
        "children",
        "bicycles",
        "ice, snow",
        "wild animals",
        "end of limits",
        "turn right",
        "turn left",
        "ahead only",
        "ahead or right",
        "ahead or left",
        "keep right",
        "keep left",
        "roundabout",
        "end of no passing",
        "end, lorries",
    ),
}


def class_names(data: str, count: int, given: Sequence[str], where: str) -> tuple[str, ...]:
    """A name for each class of a data set: those that are given; else, or where these are but numbers, those that it
    is known for; else their numbers. InputError where names do not fit."""
    numbers = tuple(map(str, range(count)))
    known = CLASSES.get(data, ())
    known = known if len(known) == count else numbers
    if not len(given):
        return known
    names = tuple(" ".join(str(name).split()) for name in given)
    if len(names) != count:
        raise InputError(f"{where}: {NAMES} has {len(names)} names, and there are {count} classes", "give one a class")
    check_names(names, f"{where}: {NAMES}")
    return known if all(name.isdecimal() and int(name) == number for number, name in enumerate(names)) else names
