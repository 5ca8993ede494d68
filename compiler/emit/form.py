"""What a manifest has to look like for the programs that open a build: they ask it for these things unseen."""

from collections.abc import Callable, Mapping
from typing import Any

from binloom.compiler.ir.names import is_identifier
from binloom.hw.weights import STORAGES

Rule = Callable[[Any], bool]

MOST = 1 << 62


def text(value: Any) -> bool:
    return isinstance(value, str)


def name(value: Any) -> bool:
    return isinstance(value, str) and is_identifier(value)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    return type(value) is int and abs(value) < MOST


def count(value: Any) -> bool:
    return whole(value) and value >= 0


def positive(value: Any) -> bool:
    return whole(value) and value > 0


def maybe(form: Any) -> Rule:
    return lambda value: value is None or misfit(value, form) is None


def some(form: Any) -> Rule:
    return lambda value: bool(value) and misfit(value, form) is None


def span(value: Any) -> bool:
    """A first and a last cycle."""
    return isinstance(value, list) and len(value) == 2 and all(map(count, value))


def storage(value: Any) -> bool:
    return value in STORAGES


# A form is a rule, a dict of entries that have to be there, {str: form} for those of any name, or [form] for a list.
ELEMENT = {"lo": whole, "hi": whole, "bit": flag, "width": positive, "signed": flag}
MAP = {
    "shape": [positive],
    "lanes": positive,
    "planes": positive,
    "run": positive,
    "beats": positive,
    "element": ELEMENT,
}
WIRES = {"payload": name, "valid": name, "ready": name, "last": maybe(name)}
PORT = {"name": name, **WIRES, "width": positive, "lane_width": positive, **MAP}
FOLD = {
    "lanes": positive,
    "simd": positive,
    "pe": positive,
    "parallel": positive,
    "storage": storage,
    "pixels": positive,
    "planes": positive,
}
OP = {
    "name": name,
    "op": text,
    "source": text,
    "fold": FOLD,
    "cycles": positive,
    "weights": maybe({"count": count, "bits": positive, "kind": text}),
    "inputs": [name],
    "span": span,
    "blocks": [{"name": name, "kind": text, "cycles": count, "latency": count, "inputs": [name], "reads": [name]}],
    "stream": {"name": name, **MAP},
}
STORE = {"op": name, "first": count, "words": positive, "depth": positive, "bits": positive, "crc32": text}
FORM = {
    "binloom": text,
    "name": name,
    "model": {"sha256": maybe(text)},
    "ports": {
        "style": text,
        "clock": name,
        "reset": name,
        "reset_active": count,
        "inputs": some([PORT]),
        "outputs": some([PORT]),
        "load": maybe(PORT),
    },
    "loads": maybe({"file": text, "width": positive, "words": positive, "crc32": text, "stores": some([STORE])}),
    "timing": {
        "cycles_per_frame": positive,
        "bottleneck": text,
        "latency_first": {str: count},
        "latency_last": some({str: count}),
    },
    "ops": some([OP]),
    "plan": {"cycles": maybe(count), "folds": {str: FOLD}, "depths": {str: [count]}},
    "notes": [text],
    "files": {str: text},
}


def misfit(value: Any, form: Any = FORM, at: str = "") -> str | None:
    """Where a value is not of a form: the first such place, as keys with dots between them; None if it is."""
    if callable(form):
        return None if form(value) else at
    if isinstance(form, list):
        if not isinstance(value, list):
            return at
        parts = [(str(number), part, form[0]) for number, part in enumerate(value)]
    elif not isinstance(value, Mapping):
        return at
    elif str in form:
        parts = [(key, part, form[str]) for key, part in value.items()]
    else:
        if missing := [key for key in form if key not in value]:
            return f"{at}.{missing[0]}" if at else missing[0]
        parts = [(key, value[key], rule) for key, rule in form.items()]
    for key, part, rule in parts:
        if (found := misfit(part, rule, f"{at}.{key}" if at else key)) is not None:
            return found
    return None
