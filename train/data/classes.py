"""What the classes of known data sets are called, in the order of their labels."""

from collections.abc import Mapping

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


def class_names(data: str, count: int) -> tuple[str, ...]:
    """A name for each class; its number where nothing else is known."""
    known = CLASSES.get(data, ())
    return known if len(known) == count else tuple(map(str, range(count)))
