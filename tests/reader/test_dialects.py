"""Files in the ways of Keras 2, Larq and CBCNN, and Keras 3's legacy form: the same layers out of each."""

import hashlib
import json
import zipfile

import h5py
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.layers import LayerGraph
from binloom.compiler.reader import read_model
from tests.reader import standins as s


def small_net(seed: int = 1) -> list[s.Stand]:
    rng = np.random.default_rng(seed)
    return [
        s.image(8, 8, 3),
        s.conv(rng, 3, 3, 5),
        s.batch_norm(rng, 5, scale=False),
        ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"}, {}),
        s.conv(rng, 3, 5, 4),
        s.batch_norm(rng, 4),
        ("Flatten", {}, {}),
        s.dense(rng, 64, 10),
    ]


def assert_same(graph: LayerGraph, layers: list[s.Stand]) -> None:
    """Every layer in order, chained, with its own arrays."""
    assert [layer.kind for layer in graph.layers] == [kind.rpartition(">")[2] for kind, _, _ in layers]
    for layer, previous, (kind, _, arrays) in zip(graph.layers, (None, *graph.layers), layers, strict=False):
        assert layer.inputs == ((previous.name,) if previous else ()), layer.name
        assert list(layer.weights) == list(arrays), (layer.name, kind)
        for role, array in arrays.items():
            np.testing.assert_array_equal(layer.weights[role], array, err_msg=f"{layer.name} {role}")
    assert graph.outputs == (graph.layers[-1].name,)


@pytest.mark.parametrize("as_bytes", [False, True])
def test_keras2_attributes_as_text_and_as_bytes(tmp_path, as_bytes):
    graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", small_net(), as_bytes=as_bytes))
    assert_same(graph, small_net())
    assert graph.format == "keras2-h5"
    assert graph.input_shape == (8, 8, 3)
    assert graph.name == "sequential_3"
    assert len(graph.sha256) == 64


def test_keras3_legacy_h5(tmp_path):
    graph = read_model(str(s.write_keras3_h5(tmp_path / "m.h5", small_net())))
    assert_same(graph, small_net())
    assert graph.format == "keras3-h5"


def test_keras_zip(tmp_path):
    graph = read_model(s.write_keras_zip(tmp_path / "m.keras", small_net()))
    assert_same(graph, small_net())
    assert graph.format == "keras3-zip"


def test_keras_2_15_files_its_layers_under_another_name(tmp_path):
    whole = s.write_keras_zip(tmp_path / "m.keras", small_net())
    with zipfile.ZipFile(whole) as archive:
        (tmp_path / "w.h5").write_bytes(archive.read("model.weights.h5"))
        (tmp_path / "m.json").write_bytes(archive.read("config.json"))
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    assert_same(read_model(tmp_path / "w.h5", tmp_path / "m.json"), small_net())


def test_no_input_layer_takes_the_shape_of_the_first_layer(tmp_path):
    layers = small_net()[1:]
    layers[0][1]["batch_input_shape"] = [None, 8, 8, 3]
    graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", layers))
    assert graph.layers[0].kind == "InputLayer"
    assert graph.layers[0].config["batch_shape"] == [None, 8, 8, 3]
    assert_same(graph, small_net())


def test_no_input_layer_takes_the_build_shape(tmp_path):
    layers = small_net()[1:]
    config = s.sequential(layers)
    config["config"]["build_input_shape"] = [None, 8, 8, 3]
    assert_same(read_model(s.write_keras2_h5(tmp_path / "m.h5", layers, config=config)), small_net())


def test_layer_numbers_do_not_give_the_order(tmp_path):
    layers = small_net()
    for layer, name in zip(layers, ("image", "c_9", "b_9", "p_9", "c_1", "b_1", "f_1", "d_0"), strict=True):
        layer[1]["name"] = name
    assert_same(read_model(s.write_keras2_h5(tmp_path / "m.h5", layers)), layers)


def test_optimizer_weights_are_ignored(tmp_path):
    path = s.write_keras2_h5(tmp_path / "m.h5", small_net())
    with h5py.File(path, "a") as file:
        file["optimizer_weights/Adam/iter:0"] = np.int64(7)
        file["optimizer_weights/Adam/m:0"] = np.full(4, np.nan, np.float32)
    assert_same(read_model(path), small_net())


def test_attributes_split_over_several(tmp_path):
    path = s.write_keras2_h5(tmp_path / "m.h5", small_net())
    with h5py.File(path, "a") as file:
        root = file["model_weights"]
        names = np.array(root.attrs["layer_names"])
        del root.attrs["layer_names"]
        root.attrs["layer_names0"], root.attrs["layer_names1"] = names[:3], names[3:]
        name = next(name for name in names if "batch" in name)
        group = root[name]
        arrays = {key: group[key][()] for key in group.attrs["weight_names"]}
        del root[name]
        s.write_group(root.create_group(name), arrays, part=2)
    assert_same(read_model(path), small_net())


def test_weights_alone_beside_their_configuration(tmp_path):
    path = s.write_keras2_h5(tmp_path / "w.h5", small_net(), weights_only=True)
    config = tmp_path / "model.json"
    config.write_text(json.dumps(s.sequential(small_net())))
    assert_same(read_model(path, config), small_net())
    assert read_model(path, config).meta == {"config_sha256": hashlib.sha256(config.read_bytes()).hexdigest()}
    with pytest.raises(InputError, match=r"w\.h5 holds weights without an architecture; .*--config"):
        read_model(path)
    with pytest.raises(InputError, match=r"model\.json holds an architecture without weights"):
        read_model(config)


def test_weights_of_another_session_are_matched_by_order(tmp_path):
    path = s.write_keras2_h5(tmp_path / "w.h5", small_net(), weights_only=True)
    layers = small_net()
    for index, layer in enumerate(layers):
        layer[1]["name"] = f"renamed_{9 - index}"
    config = tmp_path / "model.json"
    config.write_text(json.dumps(s.sequential(layers)))
    assert_same(read_model(path, config), layers)
    config.write_text(json.dumps(s.sequential(layers[:-1])))
    with pytest.raises(InputError, match=r"4 layers of the configuration have weights but 5 in the file do"):
        read_model(path, config)


def test_states_of_random_generators_are_ignored(tmp_path):
    layers = small_net()
    layers.insert(4, ("Dropout", {"name": "drop", "rate": 0.5}, {"seed_generator_state": np.zeros(2, np.uint32)}))
    graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", layers))
    assert graph["drop"].weights == {}


def test_a_slash_in_a_layers_name(tmp_path):
    layers = small_net()
    layers[1][1]["name"] = "block/conv"
    assert_same(read_model(s.write_keras2_h5(tmp_path / "m.h5", layers)), layers)


def test_nested_model_shared_out_by_name_and_by_order(tmp_path):
    """With unhelpful names Keras' order holds: the trained arrays of all inner layers, then the others."""
    rng = np.random.default_rng(2)
    inner = [
        s.conv(rng, 3, 3, 5, name="c"),
        s.batch_norm(rng, 5, name="b"),
        s.batch_norm(rng, 5, name="b2", trainable=False),
    ]
    outer = [s.image(8, 8, 3), ("Flatten", {"name": "f"}, {}), s.dense(rng, 320, 4, name="d")]
    config = s.sequential(outer)
    config["config"]["layers"].insert(1, s.sequential(inner, "inner"))
    trained = [(0, "kernel"), (1, "gamma"), (1, "beta")]
    others = [(1, "moving_mean"), (1, "moving_variance")]
    frozen = [(2, role) for role in ("gamma", "beta", "moving_mean", "moving_variance")]
    for telling in (True, False):
        order = trained + others + frozen
        names = [f"{inner[i][1]['name']}/{role}:0" if telling else f"old/w{n}" for n, (i, role) in enumerate(order)]
        path = s.write_keras2_h5(tmp_path / "m.h5", outer, config=config)
        with h5py.File(path, "a") as file:
            root = file["model_weights"]
            root.attrs["layer_names"] = ["inner", "f", "d"]
            arrays = [inner[i][2][role] for i, role in order]
            s.write_group(root.create_group("inner"), dict(zip(names, arrays, strict=True)))
        graph = read_model(path)
        assert [layer.name for layer in graph.layers] == ["image", "inner/c", "inner/b", "inner/b2", "f", "d"]
        assert_same(graph, [outer[0], *inner, *outer[1:]])


def test_packages(tmp_path):
    rng = np.random.default_rng(3)
    layers = [
        s.image(6, 6, 2),
        s.conv(rng, 3, 2, 4, "QuantConv2D", kernel_quantizer="ste_sign"),
        s.conv(rng, 3, 4, 4, "CBCNN>BinaryConv2D", H=1.0),
        s.conv(rng, 3, 4, 4, "BinaryConv2D", H=1.0),
        s.conv(rng, 3, 4, 4, "binloom>BinaryConv2D"),
        s.conv(rng, 3, 4, 4, "Mine>Conv9", H=1.0),
        s.conv(rng, 1, 4, 4),
    ]
    packages = ["keras", "larq", "cbcnn", "cbcnn", "binloom", "mine", "keras"]
    for write, name in ((s.write_keras2_h5, "a.h5"), (s.write_keras3_h5, "b.h5")):
        graph = read_model(write(tmp_path / name, layers))
        assert [layer.package for layer in graph.layers] == packages
        assert_same(graph, layers)


def test_registered_name_gives_the_package(tmp_path):
    layers = [s.image(6, 6, 2), s.conv(np.random.default_rng(4), 3, 2, 4, "BinaryConv2D")]
    for module, registered, package in (
        ("binloom.train.layers", "binloom>BinaryConv2D", "binloom"),
        ("binary_layers", "CBCNN>BinaryConv2D", "cbcnn"),
        ("binary_layers", "BinaryConv2D", "binary_layers"),
    ):
        config = s.sequential(layers)
        config["config"]["layers"][1] |= {"module": module, "registered_name": registered}
        assert read_model(s.write_keras2_h5(tmp_path / "m.h5", layers, config=config)).layers[1].package == package


def test_depthwise_kernel_under_either_name(tmp_path):
    kernel = np.ones((3, 3, 2, 4), np.float32)
    for role in ("depthwise_kernel", "kernel"):
        config = {"kernel_size": [3, 3], "depth_multiplier": 4, "use_bias": False}
        layers = [s.image(5, 5, 2), ("DepthwiseConv2D", config, {role: kernel})]
        assert list(read_model(s.write_keras2_h5(tmp_path / "m.h5", layers)).layers[1].weights) == ["depthwise_kernel"]


def test_types_of_numbers(tmp_path):
    for kind in ("<f2", ">f4", "<f8"):
        kernel = np.arange(-4, 4).reshape(1, 1, 2, 4).astype(kind)
        layers = [s.image(5, 5, 2), ("Conv2D", {"filters": 4, "kernel_size": 1, "use_bias": False}, {"kernel": kernel})]
        found = read_model(s.write_keras2_h5(tmp_path / "m.h5", layers)).layers[1].weights["kernel"]
        assert found.dtype == np.dtype(kind).newbyteorder("=")
        np.testing.assert_array_equal(found, kernel)


def test_unknown_layer_passes_with_its_arrays(tmp_path):
    arrays = {"a": np.zeros(3, np.float32), "sub/a": np.ones(2, np.float32)}
    graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", [s.image(5, 5, 2), ("Strange", {"name": "x"}, arrays)]))
    assert graph["x"].kind == "Strange"
    assert list(graph["x"].weights) == ["x/a:0", "x/sub/a:0"]


@pytest.mark.parametrize(
    ("stored", "shape", "kept"),
    [
        ([None, 9], (1, 1, 9), [None, 9]),
        ([None, 28, 27], (28, 27, 1), [None, 28, 27, 1]),
        ([4, 5, 6, 7], (5, 6, 7), None),
    ],
)
def test_input_shapes(tmp_path, stored, shape, kept):
    layers = [("InputLayer", {"batch_input_shape": stored}, {}), ("Rescaling", {}, {}), ("Flatten", {}, {})]
    graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", layers))
    assert graph.input_shape == shape
    assert graph.layers[0].config["batch_shape"] == (kept or [None, 5, 6, 7])
    assert "batch_input_shape" not in graph.layers[0].config
