"""Reads a layer's configuration: the same words mean the same in every layer."""

from collections.abc import Mapping

import numpy as np

from binloom.compiler.ir.ops import NO_PADDING, Fill, Padding, Pair, Shape
from binloom.compiler.ir.shapes import same
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder

LARGEST = float(np.finfo(np.float32).max)  # of what Keras calculates with


def weight(b: Builder, layer: Layer, role: str, shape: tuple[object, ...] | None = None) -> np.ndarray:
    """The layer's array of that role, of that shape."""
    if role not in layer.weights:
        b.fail(layer, f"the file holds no {role!r} for it", "save the model again with its weights")
    array = np.asarray(layer.weights[role])
    if shape is not None and array.shape != shape:
        b.fail(
            layer,
            f"{role} has shape {array.shape}, not {shape}",
            "the file's weights and configuration do not belong together",
        )
    return array


def pair(b: Builder, layer: Layer, key: str, default: int | None = 1) -> Pair:
    """A whole number, or two of them, at least 1 each."""
    value = layer.config.get(key)
    if value is None:
        value = default
    both = [value, value] if isinstance(value, int) else value
    if not isinstance(both, list | tuple) or len(both) != 2 or not all(isinstance(v, int) and v >= 1 for v in both):
        b.fail(
            layer,
            f"{key} must be one or two whole numbers of at least 1, got {value!r}",
            "mend the model's configuration",
        )
    return int(both[0]), int(both[1])


def number(b: Builder, layer: Layer, key: str, default: float) -> float:
    """A finite number; where the configuration says None, the default."""
    value = layer.config.get(key)
    if value is None:
        return default
    if isinstance(
        value, Mapping
    ):  # Keras writes arrays as {"class_name": "__numpy__" or "__tensor__", "config": {"value": ...}}
        inner = value.get("config")
        value = inner.get("value") if isinstance(inner, Mapping) else value.get("value")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        b.fail(layer, f"{key} must be a number, got {value!r}", "mend the model's configuration")
    return float(value)


def whole(b: Builder, layer: Layer, key: str, default: int | None, allowed: range) -> int:
    """A whole number among those allowed."""
    value = layer.config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        rule = f"{key} must be a whole number from {allowed.start} to {allowed.stop - 1}, got {value!r}"
        b.fail(layer, rule, "mend the model's configuration")
    return value


def demand_channels_last(b: Builder, layer: Layer) -> None:
    if layer.config.get("data_format") not in (None, "channels_last"):
        b.refuse(layer, "its channels come first", "save the model with data_format='channels_last'")


def demand_map(b: Builder, layer: Layer, rank: int) -> None:
    if rank != 4:
        b.fail(
            layer, f"it needs (height, width, channels), but its input has {rank - 1} axes", "put a Reshape before it"
        )


def is_last_axis(axis: object, rank: int) -> bool:
    """Whether a configuration's axis, -1 or 3 or [3], is the channels'."""
    if isinstance(axis, list | tuple) and len(axis) == 1:
        axis = axis[0]
    return axis in (-1, rank - 1)


def window_padding(
    b: Builder, layer: Layer, shape: Shape, size: Pair, stride: Pair, dilation: Pair, fill: Fill = Fill.ZERO
) -> Padding:
    """What `padding` says, as rows and columns."""
    mode = layer.config.get("padding", "valid")
    reach = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
    gaps = f" ({reach[0]} x {reach[1]} with its gaps)" if max(dilation) > 1 else ""
    window = f"a window of {size[0]} x {size[1]}{gaps}"
    if reach[0] > 4 * shape[0] + 8 or reach[1] > 4 * shape[1] + 8:
        b.fail(layer, f"{window} is out of all proportion to {shape[0]} x {shape[1]}", "use a smaller window")
    if mode == "same":
        padding = same(size, stride, shape, dilation=dilation, fill=fill)
        return padding if padding.any else NO_PADDING
    if mode != "valid":
        b.refuse(layer, f"padding {mode!r} is not known", "use 'same' or 'valid'")
    if reach[0] > shape[0] or reach[1] > shape[1]:
        b.fail(layer, f"{window} does not fit {shape[0]} x {shape[1]}", "use padding='same' or a smaller window")
    return NO_PADDING


def class_of(value: object) -> tuple[str, Mapping[str, object]]:
    """(name, configuration) of a serialised function or object: 'relu', {'class_name': 'SteSign', ...},  'a>b'."""
    config: Mapping[str, object] = {}
    if isinstance(value, Mapping):
        inner = value.get("config")
        if value.get("class_name") == "function":
            value = inner if isinstance(inner, str) else value.get("registered_name")
        else:
            config = inner if isinstance(inner, Mapping) else {}
            value = value.get("class_name")
    return str(value).rsplit(">", 1)[-1], config


def snake(name: str) -> str:
    """SteSign and ste_sign are one name."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))
