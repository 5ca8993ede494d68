"""Model files written with h5py alone, in the ways of Keras 2, Larq, CBCNN and Keras 3, for tests without Keras.

A layer is (class name, configuration, arrays by role). Arrays may be left out; a name is made up where it is missing.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from binloom.compiler.reader.variables import snake_case

Stand = tuple[str, dict[str, object], Mapping[str, np.ndarray]]


def entry(kind: str, config: dict[str, object], name: str) -> dict[str, object]:
    return {"class_name": kind, "config": {"name": name, **config}}


def named(layers: Sequence[Stand]) -> list[tuple[str, Stand]]:
    """The layers with their names: the configuration's, else the class with a number, from 7 on."""
    return [
        (str(layer[1].get("name", f"{snake_case(layer[0].rpartition('>')[2])}_{index + 7}")), layer)
        for index, layer in enumerate(layers)
    ]


def sequential(layers: Sequence[Stand], name: str = "sequential_3") -> dict[str, object]:
    entries = [entry(kind, config, layer) for layer, (kind, config, _) in named(layers)]
    return {"class_name": "Sequential", "config": {"name": name, "layers": entries}}


def functional(
    layers: Sequence[tuple[str, dict[str, object], list[object]]], inputs: list[str], outputs: list[object]
) -> dict[str, object]:
    """A Functional model from (class, configuration with name, inbound_nodes)."""
    entries = [
        entry(kind, config, str(config["name"])) | {"name": config["name"], "inbound_nodes": nodes}
        for kind, config, nodes in layers
    ]
    config = {"name": "model", "layers": entries, "input_layers": [[i, 0, 0] for i in inputs], "output_layers": outputs}
    return {"class_name": "Functional", "config": config}


def write_keras2_h5(
    path: Path,
    layers: Sequence[Stand],
    *,
    config: Mapping[str, object] | None = None,
    as_bytes: bool = False,
    version: str = "2.9.0",
    weights_only: bool = False,
    suffix: str = ":0",
) -> Path:
    """A `.h5` as Keras 2 saves one. `config` stands in for that of a Sequential; `as_bytes`: stored as bytes."""
    text = json.dumps(config if config is not None else sequential(layers))
    with h5py.File(path, "w") as file:
        if not weights_only:
            file.attrs["model_config"] = np.bytes_(text) if as_bytes else text
            file.attrs["keras_version"] = version
        root = file if weights_only else file.create_group("model_weights")
        root.attrs["keras_version"] = version
        write_names(root, "layer_names", [name for name, _ in named(layers)])
        for name, (_, _, arrays) in named(layers):
            write_group(root.create_group(name), {f"{name}/{role}{suffix}": array for role, array in arrays.items()})
    return path


def write_keras3_h5(path: Path, layers: Sequence[Stand], *, model: str = "sequential") -> Path:
    """A legacy `.h5` as Keras 3 saves one: the model's name in the paths, no ":0", a policy for a dtype."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    stored = [
        (
            kind,
            {"name": name, "dtype": policy, **_batch_shape(config)},
            {f"{model}/{name}/{r}": a for r, a in arrays.items()},
        )
        for name, (kind, config, arrays) in named(layers)
    ]
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(sequential(stored, model)).encode()
        file.attrs["keras_version"] = "3.15.1"
        root = file.create_group("model_weights")
        write_names(root, "layer_names", [str(config["name"]) for kind, config, _ in stored if kind != "InputLayer"])
        for kind, config, arrays in stored:
            if kind != "InputLayer":
                write_group(root.create_group(str(config["name"])), arrays)
    return path


def write_keras_zip(path: Path, layers: Sequence[Stand], extra: Mapping[str, bytes] | None = None) -> Path:
    """A `.keras` of a Sequential, with further files where `extra` names some."""
    weights = io.BytesIO()
    counts: dict[str, int] = {}
    with h5py.File(weights, "w") as file:
        for _, (kind, _, arrays) in named(layers):
            if kind == "InputLayer":
                continue
            name = snake_case(kind.rpartition(">")[2])
            place = f"layers/{name}_{counts[name]}" if counts.get(name) else f"layers/{name}"
            counts[name] = counts.get(name, 0) + 1
            group = file.create_group(f"{place}/vars")
            for index, array in enumerate(arrays.values()):
                group[str(index)] = array
    text = json.dumps(sequential([(kind, _batch_shape(config), arrays) for kind, config, arrays in layers]))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", text)
        archive.writestr("model.weights.h5", weights.getvalue())
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return path


def write_group(group: h5py.Group, arrays: Mapping[str, np.ndarray], part: int = 3000) -> None:
    """A layer's arrays and their list."""
    write_names(group, "weight_names", list(arrays), part)
    for name, array in arrays.items():
        group[name] = array


def write_names(group: h5py.Group, attribute: str, names: list[str], part: int = 3000) -> None:
    """A list of names; a long one in parts, since HDF5 holds no attribute of more than 64 kB."""
    if len(names) <= part:
        group.attrs[attribute] = [name.encode() for name in names]
        return
    for index, start in enumerate(range(0, len(names), part)):
        group.attrs[f"{attribute}{index}"] = np.array([name.encode() for name in names[start : start + part]])


def _batch_shape(config: dict[str, object]) -> dict[str, object]:
    return {"batch_shape" if key == "batch_input_shape" else key: value for key, value in config.items()}


def image(height: int, width: int, channels: int) -> Stand:
    shape = [None, height, width, channels]
    return "InputLayer", {"batch_input_shape": shape, "dtype": "float32", "name": "image"}, {}


def conv(
    rng: np.random.Generator, size: int, inputs: int, filters: int, kind: str = "Conv2D", **config: object
) -> Stand:
    """A convolution with random +-1 weights and no bias."""
    kernel = rng.choice(np.array([-1, 1], np.float32), (size, size, inputs, filters))
    settings = {"filters": filters, "kernel_size": [size, size], "strides": [1, 1], "padding": "same"}
    common = {"data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear"}
    return kind, {**settings, **common, "use_bias": False, **config}, {"kernel": kernel}


def dense(rng: np.random.Generator, inputs: int, units: int, kind: str = "Dense", **config: object) -> Stand:
    """A dense layer with random +-1 weights and a whole-numbered bias."""
    kernel = rng.choice(np.array([-1, 1], np.float32), (inputs, units))
    arrays = {"kernel": kernel, "bias": rng.integers(-9, 10, units).astype(np.float32)}
    if config.get("use_bias") is False:
        del arrays["bias"]
    return kind, {"units": units, "activation": "linear", "use_bias": True, **config}, arrays


def batch_norm(rng: np.random.Generator, channels: int, **config: object) -> Stand:
    """A BatchNormalization with gammas of both signs."""
    arrays = {
        "gamma": rng.normal(size=channels).astype(np.float32),
        "beta": rng.normal(size=channels).astype(np.float32),
        "moving_mean": rng.normal(size=channels).astype(np.float32),
        "moving_variance": rng.uniform(0.5, 2, channels).astype(np.float32),
    }
    for setting, role in (("scale", "gamma"), ("center", "beta")):
        if config.get(setting) is False:
            del arrays[role]
    return "BatchNormalization", {"axis": [3], "epsilon": 0.001, "center": True, "scale": True, **config}, arrays
