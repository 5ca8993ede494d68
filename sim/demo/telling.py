"""What the page is told, as plain values that go into JSON; arrays as base64 of little-endian numbers."""

import base64
from collections.abc import Mapping

import numpy as np

from binloom.compiler.ir.images import input_of
from binloom.compiler.ir.ops import Reshape
from binloom.hw.element import Element
from binloom.sim.demo.clock import Clock
from binloom.sim.demo.subject import Answer, Layer, Subject

MOST_MAPS = 64  # channels of a layer that are sent
TYPES = (np.int8, np.uint8, np.int16, np.int32)

Array = np.ndarray | None


def told_of(subject: Subject, clock: Clock, cycles_per_frame: int | None, samples: Array, labels: Array) -> dict:
    """Once, of the build. `samples` are images (n, height, width, channels) to pick, `labels` their classes."""
    manifest, op = subject.manifest, input_of(subject.graph)
    height, width, channels = op.shape
    return {
        "name": manifest["name"],
        "binloom": manifest["binloom"],
        "input": {"height": height, "width": width, "channels": channels, "lo": op.lo, "hi": op.hi},
        "classes": manifest["classes"],
        "count": subject.classes,
        "clock": {"mhz": clock.mhz, "source": clock.source},
        "cycles_per_frame": cycles_per_frame,
        "samples": [] if samples is None else [array(image) for image in samples],
        "labels": None if labels is None else labels.tolist(),
    }


def told_in(answer: Answer, subject: Subject) -> dict:
    """Of one image. Of a Reshape nothing: it holds what the op before it holds."""
    ops = {op["name"]: op for op in subject.manifest["ops"]}
    elements = {name: map.element for name, map in subject.harness.streams.items()}
    return {
        "label": answer.label,
        "logits": None if answer.logits is None else answer.logits.tolist(),
        "cycles": answer.cycles,
        "difference": str(answer.difference) if answer.difference else None,
        "layers": [
            _layer(layer, ops[layer.name], elements[layer.name])
            for layer in answer.layers
            if ops[layer.name]["op"] != Reshape.__name__
        ],
    }


def _layer(layer: Layer, op: Mapping, element: Element) -> dict:
    height, width, channels = layer.values.shape
    maps = layer.values if height == width == 1 else layer.values[:, :, :MOST_MAPS]
    return {
        "name": layer.name,
        "op": op["op"],
        "source": op["source"],
        "shape": [height, width, channels],
        "bit": element.bit,
        "first": layer.first,
        "last": layer.last,
        **array(maps.transpose(2, 0, 1)),
    }


def array(values: np.ndarray) -> dict:
    """In the narrowest of the types that holds it."""
    low, high = values.min(initial=0), values.max(initial=0)
    kind = next(kind for kind in TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    data = base64.b64encode(np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).tobytes())
    return {"type": np.dtype(kind).name, "data": data.decode("ascii")}
