"""The reader: from a trained model's file to the layer graph, without Keras. The only room that knows HDF5."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.layers import Layer, LayerGraph
from binloom.compiler.reader.archive import read_archive
from binloom.compiler.reader.config import parse_json, parse_model
from binloom.compiler.reader.flatten import FlatCall, flatten
from binloom.compiler.reader.hdf5 import Store, open_store
from binloom.compiler.reader.legacy import read_legacy
from binloom.compiler.reader.limits import JSON_BYTES
from binloom.compiler.reader.roles import MERGES, roles_of
from binloom.compiler.reader.shapes import check_plain_image, input_shape, is_plain_image, is_vector
from binloom.compiler.reader.sniff import check_file, kind_of
from binloom.compiler.reader.spec import LayerSpec, ModelSpec
from binloom.compiler.reader.text import readable, short
from binloom.compiler.reader.variables import container, read_variables
from binloom.compiler.reader.weights import Arrays

NEEDS_CONFIG = "give the architecture beside it: --config model.json, the output of model.to_json()"

__all__ = ["read_model"]


def read_model(path: Path | str, config: Path | str | None = None) -> LayerGraph:
    """Reads a Keras 2 or Keras 3 `.h5`, a `.keras`, or a file of weights beside the JSON of its architecture."""
    path = Path(path)
    check_file(path)
    kind = kind_of(path)
    label = short(str(path))
    given = None if config is None else _read_config(Path(config))
    meta = {} if config is None else {"config_sha256": _sha256(Path(config))}
    if kind == "json":
        raise InputError(
            f"{label} holds an architecture without weights", "give the weights file, and this as --config"
        )
    if kind == "keras-zip":
        with read_archive(path, label) as (text, weights):
            model = parse_model(given or parse_json(text, label), label)
            with open_store(weights, label) as store:
                arrays = read_variables(model, store)
        form = "keras3-zip"
    else:
        with open_store(path, label) as store:
            model, arrays, form = _read_hdf5(store, given, label)
    return _graph(model, arrays, form, path, label, meta)


def _read_hdf5(
    store: Store, given: dict[str, object] | None, label: str
) -> tuple[ModelSpec, dict[LayerSpec, Arrays], str]:
    stored = store.text("", "model_config")
    numbered = container(store) is not None
    listed = store.texts("", "layer_names") is not None
    whole = store.is_group("model_weights")
    if given is None and stored is None:
        if numbered or listed or whole:
            raise InputError(f"{label} holds weights without an architecture", NEEDS_CONFIG)
        raise InputError(f"{label} is an HDF5 file, but no Keras model is in it", "give a file saved by model.save()")
    model = parse_model(given if given is not None else parse_json(stored or "", label), label)
    if whole:
        arrays = read_legacy(model, store, "model_weights")
    elif listed:
        arrays = read_legacy(model, store, "")
    elif numbered:
        return model, read_variables(model, store), "keras3-h5"
    else:
        raise InputError(
            f"{label} holds an architecture but no weights", "save the model with its weights: model.save()"
        )
    version = store.text("", "keras_version") or store.text("model_weights", "keras_version") or "2"
    return model, arrays, "keras3-h5" if version.startswith("3") else "keras2-h5"


def _read_config(path: Path) -> dict[str, object]:
    size = check_file(path)
    if size > JSON_BYTES:
        raise InputError(
            f"{path} has {readable(size)}, more than a model's configuration takes", "give model.to_json()"
        )
    return parse_json(path.read_bytes(), short(str(path)))


def _graph(
    model: ModelSpec, arrays: Mapping[LayerSpec, Arrays], form: str, path: Path, label: str, meta: Mapping[str, object]
) -> LayerGraph:
    calls, outputs = flatten(model, label)
    layers = tuple(_layer(call, arrays, label) for call in calls)
    for call in calls:
        if is_plain_image(call.spec):
            check_plain_image(call.name, layers, label)
    return LayerGraph(model.name, layers, outputs, input_shape(calls[0].spec, label), _sha256(path), form, meta)


def _layer(call: FlatCall, arrays: Mapping[LayerSpec, Arrays], label: str) -> Layer:
    spec = call.spec
    kind = f"ops.{spec.kind}" if spec.is_operation else spec.kind
    package, config = spec.package, dict(spec.config)
    if _adds(spec) and len(call.inputs) > 1 and not call.constants:
        kind, package = "Add", "keras"  # x + y means what the layer means
    if roles_of(spec.kind, spec.config) is not None and spec.kind not in MERGES and len(call.inputs) > 1:
        raise InputError(f"{label}: layer {call.name} ({spec.kind}) is given {len(call.inputs)} inputs", "it takes one")
    if spec.kind == "InputLayer":
        height, width, channels = input_shape(spec, label)
        config.pop("batch_input_shape", None)
        config["batch_shape"] = [None, channels] if is_vector(spec) else [None, height, width, channels]
    weights: Mapping[str, np.ndarray] = arrays.get(spec, {})
    return Layer(call.name, kind, package, config, weights, call.inputs)


def _adds(spec: LayerSpec) -> bool:
    if spec.is_operation:
        return spec.kind == "Add"
    return spec.kind == "TFOpLambda" and spec.config.get("function") in ("__operators__.add", "math.add")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
