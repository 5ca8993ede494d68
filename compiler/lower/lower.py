"""The whole model: its input with what a pixel stands for, its layers in order, its outputs by name."""

from fractions import Fraction

from binloom.compiler.errors import InputError
from binloom.compiler.exact import constant
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Input, Output
from binloom.compiler.layers import Layer, LayerGraph
from binloom.compiler.lower import preprocessing
from binloom.compiler.lower.activation import TRANSPARENT
from binloom.compiler.lower.builder import Builder, LowerOptions, Value
from binloom.compiler.lower.names import identifier
from binloom.compiler.lower.table import lower_layer

DEFAULT_SCALE = Fraction(1, 255)

SECOND_INPUT = "the model has more than one input", "give a model with one input"


def lower(layers: LayerGraph, options: LowerOptions | None = None) -> Graph:
    """The real graph: every layer as ops over exact rationals. InputError names the layer that cannot be compiled."""
    options = options or LowerOptions()
    b = Builder(layers, int8=options.int8)
    values: dict[str, Value] = {}
    outputs: dict[str, dict[str, object]] = {}
    says: dict[str, str] = {}
    needed = needed_layers(layers)
    for layer in layers.layers:
        if layer.name not in needed:
            continue
        if layer.kind == "InputLayer":
            values[layer.name], says = lower_input(b, layer, options)
        else:
            values[layer.name] = lower_layer(b, layer, [values[name] for name in layer.inputs])
    for name in layers.outputs:
        value = b.emit(Output(), [values[name]], layers[name], "output")
        outputs[value.name] = {"layer": name, "activation": ended_by(b, layers[name]) or "linear"}
    meta = {**layers.meta, "sha256": layers.sha256, "format": layers.format, "input": says, "outputs": outputs}
    if b.notes:
        meta["notes"] = b.notes
    return Graph(identifier(layers.name), tuple(b.nodes), meta)


def lower_input(b: Builder, layer: Layer, options: LowerOptions) -> tuple[Value, dict[str, str]]:
    """The frame of pixels, and the number that each stands for."""
    if any(node for node in b.nodes):
        reason, remedy = SECOND_INPUT
        raise InputError(f"{reason}, {layer.name!r} among them", remedy)
    own = own_preprocessing(b, layer)
    given = options.input_scale is not None or options.input_offset is not None
    if own is not None and own.kind == "Rescaling" and given:
        remedy = "leave the input scale and offset out"
        raise InputError(f"the model scales its own input (layer {own.name!r}, Rescaling)", remedy)
    scale = (
        options.input_scale if options.input_scale is not None else Fraction(1) if own is not None else DEFAULT_SCALE
    )
    offset = options.input_offset if options.input_offset is not None else Fraction(0)
    if scale <= 0:
        raise InputError(f"the input scale must be positive, got {scale}", "1/255 makes pixels numbers from 0 to 1")
    shape = b.layers.input_shape
    x = b.emit(Input(shape), [], layer, rank=stored_rank(layer, 2 if shape[:2] == (1, 1) else 4))
    x = b.scale(constant(scale, shape[2]), constant(offset, shape[2]), x, layer, "scale")
    source = "option" if given else "model" if own is not None else "default"
    return x, {"scale": str(scale), "offset": str(offset), "from": source}


def stored_rank(layer: Layer, otherwise: int) -> int:
    """How many axes the input has, the batch included, if the layer says it."""
    stored = layer.config.get("batch_input_shape") or layer.config.get("batch_shape")
    return len(stored) if isinstance(stored, list | tuple) and 2 <= len(stored) <= 4 else otherwise


def own_preprocessing(b: Builder, layer: Layer) -> Layer | None:
    """The layer that says what a pixel is, if the pixels meet one first."""
    users = b.users(layer)
    while len(users) == 1 and users[0].kind in (*TRANSPARENT, "ZeroPadding2D"):
        users = b.users(users[0])
    first = [user for user in users if user.kind in preprocessing.KINDS]
    return first[0] if users and len(first) == len(users) else None


def ended_by(b: Builder, layer: Layer) -> str | None:
    """The order-keeping activation that was left out before an output, if one was."""
    if layer.name in b.endings:
        return b.endings[layer.name]
    return ended_by(b, b.layers[layer.inputs[0]]) if layer.kind in TRANSPARENT and layer.inputs else None


def needed_layers(layers: LayerGraph) -> set[str]:
    """The layers that an output depends on."""
    needed = set(layers.outputs)
    for layer in reversed(layers.layers):
        if layer.name in needed:
            needed.update(layer.inputs)
    return needed
