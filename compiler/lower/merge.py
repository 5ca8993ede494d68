"""Layers with several inputs."""

from binloom.compiler.ir.ops import Add, Concat
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import is_last_axis


def add(b: Builder, layer: Layer, *xs: Value) -> Value:
    if len(xs) == 1:
        return xs[0]
    if len({x.shape for x in xs}) > 1:
        shapes = ", ".join(str(x.shape) for x in xs)
        b.fail(
            layer, f"its inputs have different shapes: {shapes}", "binloom does not broadcast: make the shapes equal"
        )
    return b.emit(Add(), xs, layer)


def concatenate(b: Builder, layer: Layer, *xs: Value) -> Value:
    if len(xs) == 1:
        return xs[0]
    if not is_last_axis(layer.config.get("axis", -1), xs[0].rank):
        b.fail(layer, "it does not join channels", "use axis=-1")
    return b.emit(Concat(), xs, layer)


LAYERS = {("keras", "Add"): add, ("keras", "Concatenate"): concatenate}
