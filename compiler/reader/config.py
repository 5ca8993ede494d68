"""Reads a model's configuration, as Keras 2 and Keras 3 write it in JSON, into a tree of specs."""

import json

from binloom.compiler.errors import InputError
from binloom.compiler.reader import limits
from binloom.compiler.reader.calls import parse_calls, parse_refs
from binloom.compiler.reader.packages import identify
from binloom.compiler.reader.shapes import with_input
from binloom.compiler.reader.spec import Call, LayerSpec, ModelSpec, Ref
from binloom.compiler.reader.text import readable, short

MODELS = ("Sequential", "Functional", "Model")


def parse_json(text: str | bytes, label: str) -> dict[str, object]:
    """A JSON object of bounded size and depth."""
    if len(text) > limits.JSON_BYTES:
        size, bound = readable(len(text)), readable(limits.JSON_BYTES)
        raise InputError(f"{label}: the model's configuration has {size}, more than {bound}")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = json.loads(text)
    except RecursionError as error:
        raise InputError(f"{label}: the model's configuration is nested too deep") from error
    except ValueError as error:  # JSONDecodeError, UnicodeDecodeError, a number of too many digits
        raise InputError(f"{label}: the model's configuration is not valid JSON: {error}", "save it again") from error
    _check_depth(value, label)
    if not isinstance(value, dict):
        raise InputError(
            f"{label}: the model's configuration is not a JSON object", "give the output of model.to_json()"
        )
    return value


def parse_model(data: dict[str, object], label: str) -> ModelSpec:
    """The tree of a whole model, from `{"class_name": "Sequential", "config": {...}}` and its kin."""
    if isinstance(data.get("model_config"), dict):
        data = data["model_config"]  # type: ignore[assignment]
    if not _is_model(data):
        kind = data.get("class_name")
        if isinstance(kind, str):
            raise InputError(
                f"{label}: the model is of class {short(kind)}, whose layers only its own code knows",
                "rebuild it as a Sequential or Functional model and copy the weights with set_weights()",
            )
        raise InputError(f"{label}: the configuration names no model class", "give the output of model.to_json()")
    return with_input(_Parser(label).model(data, 0))


def _is_model(data: dict[str, object]) -> bool:
    config = data.get("config")
    kind = str(data.get("class_name")).rpartition(">")[2]
    if isinstance(config, list):  # Keras before 2.2.3
        return kind == "Sequential"
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        return False
    # A subclass of Model that is built like a Functional one keeps its layers in the configuration.
    return kind in MODELS or ("input_layers" in config and "output_layers" in config)


class _Parser:
    def __init__(self, label: str) -> None:
        self.label = label
        self.count = 0

    def error(self, message: str, remedy: str = "") -> InputError:
        return InputError(f"{self.label}: {message}", remedy)

    def model(self, data: dict[str, object], depth: int) -> ModelSpec:
        if depth > limits.MODEL_DEPTH:
            raise self.error(f"models nested more than {limits.MODEL_DEPTH} deep")
        config = data["config"]
        if isinstance(config, list):
            config = {"layers": config}
        assert isinstance(config, dict)
        name = config.get("name", "model")
        if not isinstance(name, str):
            raise self.error("the model's name is not text")
        name = short(name)
        sequential = "input_layers" not in config
        layers = [self.layer(item, depth) for item in config["layers"]]
        if not layers:
            raise self.error(f"model {name} has no layers")
        by_name: dict[str, LayerSpec] = {}
        for layer in layers:
            if layer.name in by_name:
                raise self.error(f"two layers are named {layer.name}", "give each layer a name of its own")
            by_name[layer.name] = layer
        if sequential:
            layers = _chain(layers)
            by_name = {layer.name: layer for layer in layers}
            inputs: tuple[Ref, ...] = (Ref(layers[0].name, 0, 0),) if layers[0].kind == "InputLayer" else ()
            outputs: tuple[Ref, ...] = (Ref(layers[-1].name, 0, 0),)
        else:
            inputs = parse_refs(config.get("input_layers"), self.label, name)
            outputs = parse_refs(config.get("output_layers"), self.label, name)
        keras2 = any(isinstance(node, list) for item in config["layers"] for node in item.get("inbound_nodes") or ())
        return ModelSpec(name, sequential, tuple(layers), inputs, outputs, keras2, _build_shape(data, config), by_name)

    def layer(self, item: object, depth: int) -> LayerSpec:
        self.count += 1
        if self.count > limits.LAYERS:
            raise self.error(f"the model has more than {limits.LAYERS} layers")
        if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
            raise self.error("an entry of the configuration's layers names no class")
        config = item.get("config")
        if not isinstance(config, dict | list):
            raise self.error(f"a {short(item['class_name'])} layer has no configuration")
        name = item.get("name") or (config.get("name") if isinstance(config, dict) else None)
        if not isinstance(name, str) or not name:
            raise self.error(f"a {short(item['class_name'])} layer has no name")
        if not (name + item["class_name"]).isprintable() or len(name) > limits.NAME_LENGTH:
            raise self.error(f"a layer has the impossible name {short(name)}")
        package, kind = identify(item)
        model = self.model(item, depth + 1) if _is_model(item) else None
        if isinstance(config, list):
            config = {}
        calls = parse_calls(item.get("inbound_nodes"), self.label, name)
        # In .h5 Keras 3 leaves the module out: an operation is what lacks the settings that every layer has.
        keras3 = any(isinstance(node, dict) for node in item.get("inbound_nodes") or ())
        if keras3 and not model and "trainable" not in config and package == "keras" and kind != "InputLayer":
            package = "keras.ops"
        return LayerSpec(name, kind, package, config, calls, model)


def _chain(layers: list[LayerSpec]) -> list[LayerSpec]:
    """A Sequential's layers, each one called on the one before."""
    chained: list[LayerSpec] = []
    for layer in layers:
        if layer.kind == "InputLayer" and not chained:
            calls: tuple[Call, ...] = ()
        else:
            calls = (Call((Ref(chained[-1].name, 0, 0),) if chained else ()),)
        chained.append(LayerSpec(layer.name, layer.kind, layer.package, layer.config, calls, layer.model))
    return chained


def _build_shape(data: dict[str, object], config: dict[str, object]) -> object:
    if config.get("build_input_shape"):
        return config["build_input_shape"]
    build = data.get("build_config")
    return build.get("input_shape") if isinstance(build, dict) else None


def _check_depth(value: object, label: str) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limits.JSON_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise InputError(f"{label}: the model's configuration is nested more than {limits.JSON_DEPTH} deep")
