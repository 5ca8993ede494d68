"""The shape of a model's input: static, an image (height, width, channels) or a vector."""

from dataclasses import replace

from binloom.compiler.errors import InputError
from binloom.compiler.ir.ops import Shape
from binloom.compiler.layers import Layer
from binloom.compiler.reader.spec import Call, LayerSpec, ModelSpec, Ref

STATIC = "give the Input layer a fixed shape, such as Input((28, 28, 1)), and save the model again"

RESHAPING = ("Flatten", "Reshape")
ELEMENTWISE = ("Rescaling", "Activation", "ReLU", "Dropout")


def stored_shape(config: dict[str, object]) -> object:
    """A layer's shape with its batch, under Keras 3's name for it or Keras 2's."""
    return config.get("batch_shape", config.get("batch_input_shape"))


def with_input(model: ModelSpec) -> ModelSpec:
    """A Sequential that begins with an InputLayer, made from its first layer's shape where the file has none."""
    if not model.sequential or model.layers[0].kind == "InputLayer":
        return model
    first, *rest = model.layers
    name = f"{first.name}_input"
    head = LayerSpec(name, "InputLayer", "keras", {"name": name, "batch_shape": _implied_shape(model)}, ())
    layers = (head, replace(first, calls=(Call((Ref(name, 0, 0),)),)), *rest)
    return replace(model, layers=layers, by_name={spec.name: spec for spec in layers}, inputs=(Ref(name, 0, 0),))


def _implied_shape(model: ModelSpec) -> object:
    """What the first layer says, or the first one inside it, else what the model was built for."""
    first: LayerSpec | None = model.layers[0]
    while first is not None:
        shape = stored_shape(first.config) or (first.model.build_shape if first.model else None)
        if shape is not None:
            return shape
        first = first.model.layers[0] if first.model else None
    return model.build_shape


def input_shape(spec: LayerSpec, label: str) -> Shape:
    """(height, width, channels) of an InputLayer; a vector is (1, 1, n) and a plain image (h, w, 1)."""
    stored = stored_shape(spec.config)
    if not isinstance(stored, list) or not stored:
        raise InputError(f"{label}: the shape of input {spec.name} is not known", STATIC)
    shape = stored[1:]
    shown = "(" + ", ".join("None" if extent is None else ascii(extent) for extent in stored) + ")"
    if any(extent is None for extent in shape):
        raise InputError(f"{label}: the input {spec.name} has no fixed size: {shown}", STATIC)
    if not all(type(extent) is int and 0 < extent <= 1 << 20 for extent in shape):
        raise InputError(f"{label}: the shape of input {spec.name} makes no sense: {shown[:200]}", STATIC)
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    if len(shape) == 2:
        return shape[0], shape[1], 1
    if len(shape) == 1:
        return 1, 1, shape[0]
    raise InputError(
        f"{label}: the input {spec.name} has the shape {shown[:200]}",
        "binloom takes images (h, w, channels) and vectors (n)",
    )


def is_vector(spec: LayerSpec) -> bool:
    return _rank(spec) == 1


def is_plain_image(spec: LayerSpec) -> bool:
    """An input of height and width without channels."""
    return spec.kind == "InputLayer" and _rank(spec) == 2


def _rank(spec: LayerSpec) -> int:
    stored = stored_shape(spec.config)
    return len(stored) - 1 if isinstance(stored, list) else 0


def check_plain_image(name: str, layers: tuple[Layer, ...], label: str) -> None:
    """Reading (h, w) as (h, w, 1) changes no element's place, but only reshaping layers may then see it."""
    reached = {name}
    for layer in layers:
        if layer.kind in RESHAPING or not reached.intersection(layer.inputs):
            continue
        if layer.kind not in ELEMENTWISE:
            raise InputError(
                f"{label}: the input {name} has no channels, and layer {layer.name} ({layer.kind}) needs them",
                "give the input the shape (h, w, 1)",
            )
        reached.add(layer.name)
