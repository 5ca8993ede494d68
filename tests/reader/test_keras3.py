"""Real Keras 3 models in every form it saves: each array and each connection must be Keras' own."""

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.layers import LayerGraph
from binloom.compiler.reader import read_model
from tests.keras_env import keras

layers = keras.layers


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((9, 9, 3), name="picture"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(center=False),
            layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
            layers.BatchNormalization(scale=False),
            layers.PReLU(shared_axes=[1, 2]),
            layers.SeparableConv2D(5, 3, depth_multiplier=2),
            layers.BatchNormalization(center=False, scale=False),
            layers.Dropout(0.5),
            layers.Conv2D(4, 1, name="last_of_all", trainable=False),
            layers.Flatten(),
            layers.Dense(3, use_bias=False),
            layers.Dense(2),
        ]
    )


def branches() -> keras.Model:
    image = layers.Input((8, 8, 2))
    shared = layers.Conv2D(4, 3, padding="same")
    a, b = shared(image), layers.Conv2D(4, 1, name="a_first_by_name")(image)
    c = layers.Conv2D(2, 1)(layers.Add()([a, b]))
    d = shared(c)
    e = layers.Concatenate()([a + d, c, b])
    e = layers.BatchNormalization()(keras.ops.relu(e))
    return keras.Model(image, [layers.Dense(2)(layers.Flatten()(e)), layers.GlobalAveragePooling2D()(d)])


def nested() -> keras.Model:
    body = keras.Sequential(
        [layers.Input((8, 8, 2)), layers.Conv2D(2, 3, padding="same"), layers.BatchNormalization()], name="body"
    )
    inner = layers.Input((8, 8, 2))
    sides = keras.Model(inner, [layers.Conv2D(2, 1)(inner), body(layers.Conv2D(2, 1)(inner))], name="sides")
    image = layers.Input((8, 8, 2))
    x = layers.Conv2D(2, 1)(image)
    left, right = sides(x)
    left2, right2 = sides(left + right)
    other = keras.Sequential(
        [layers.Conv2D(2, 1), layers.BatchNormalization(trainable=False), layers.PReLU()], name="other"
    )
    return keras.Model(image, [other(layers.Add()([left2, right2])), sides(image)[1]])


def normalization() -> keras.Model:
    norm = layers.Normalization()
    norm.adapt(np.random.default_rng(5).normal(3, 2, (20, 6, 6, 3)).astype(np.float32))
    return keras.Sequential(
        [layers.Input((6, 6, 3)), norm, layers.Normalization(mean=1.0, variance=4.0), layers.Flatten()]
    )


def vector() -> keras.Model:
    return keras.Sequential([layers.Input((7,)), layers.Dense(5), layers.BatchNormalization(), layers.Dense(2)])


MODELS = (sequential, branches, nested, normalization, vector)


def owners(model: keras.Model, path: str = "") -> dict[str, keras.layers.Layer]:
    """Every layer that is no model, by the name the reader gives it."""
    found: dict[str, keras.layers.Layer] = {}
    for layer in model.layers:
        found |= owners(layer, f"{path}{layer.name}/") if isinstance(layer, keras.Model) else {path + layer.name: layer}
    return found


def randomise(model: keras.Model) -> None:
    rng = np.random.default_rng(6)
    for layer in owners(model).values():
        if not isinstance(layer, layers.Normalization):
            layer.set_weights([rng.normal(size=array.shape).astype(np.float32) for array in layer.get_weights()])


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__)
def saved(request, tmp_path_factory):
    """A model and its graphs, read from each form."""
    keras.utils.set_random_seed(1)
    model = request.param()
    randomise(model)
    folder = tmp_path_factory.mktemp(request.param.__name__)
    model.save(folder / "m.keras")
    model.save(folder / "m.h5")
    model.save_weights(folder / "m.weights.h5")
    (folder / "m.json").write_text(model.to_json())
    graphs = {
        "keras": read_model(folder / "m.keras"),
        "h5": read_model(folder / "m.h5"),
        "weights": read_model(folder / "m.weights.h5", folder / "m.json"),
    }
    return model, graphs


@pytest.mark.parametrize("form", ["keras", "h5", "weights"])
def test_every_array_is_keras_own(saved, form):
    model, graphs = saved
    graph: LayerGraph = graphs[form]
    seen = set()
    for layer in graph.layers:
        owner = owners(model).get(layer.name.split("__")[0])
        if owner is None:
            assert layer.kind == "InputLayer" or layer.package == "keras.ops" or layer.kind == "Add", layer.name
            continue
        seen.add(layer.name.split("__")[0])
        # A Normalization counts its samples beside its weights, and get_weights() has the count too.
        assert len(layer.weights) == len(owner.get_weights()), layer.name
        for (role, array), expected in zip(layer.weights.items(), owner.get_weights(), strict=True):
            np.testing.assert_array_equal(array, expected, err_msg=f"{layer.name} {role}")
        names = [variable.name for variable in owner.weights]
        if not isinstance(owner, layers.DepthwiseConv2D):
            assert list(layer.weights) == names, layer.name
    inner_inputs = {name for name, owner in owners(model).items() if isinstance(owner, layers.InputLayer)}
    assert set(owners(model)) - seen <= inner_inputs


def test_forms_agree(saved):
    _, graphs = saved
    whole = graphs["keras"]
    for graph in graphs.values():
        for layer, other in zip(graph.layers, whole.layers, strict=True):
            assert (layer.name, layer.kind, layer.inputs) == (other.name, other.kind, other.inputs)
        assert (graph.outputs, graph.input_shape) == (whole.outputs, whole.input_shape)
    assert [graphs[form].format for form in ("keras", "h5", "weights")] == ["keras3-zip", "keras3-h5", "keras3-h5"]


def test_connections_are_keras_own(saved):
    """Running the flat calls one by one through Keras' layers gives what the model gives."""
    model, graphs = saved
    graph: LayerGraph = graphs["keras"]
    image = np.random.default_rng(7).normal(size=(2, *model.inputs[0].shape[1:])).astype(np.float32)
    results = {}
    for layer in graph.layers:
        given = [results[name] for name in layer.inputs]
        owner = owners(model).get(layer.name.split("__")[0])
        if layer.kind == "InputLayer":
            results[layer.name] = keras.ops.convert_to_tensor(image)
        elif owner is not None:
            results[layer.name] = owner(given if len(given) > 1 else given[0])
        else:
            run = {"Add": lambda a, b: a + b, "ops.Relu": keras.ops.relu}[layer.kind]
            results[layer.name] = run(*given)
    expected = keras.tree.flatten(model(image))
    for name, want in zip(graph.outputs, expected, strict=True):
        np.testing.assert_array_equal(results[name], want)
    assert len(graph.outputs) == len(expected)


def test_subclassed_model_is_refused(tmp_path):
    @keras.saving.register_keras_serializable(package="reader_test")
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Own()
    model(np.zeros((1, 3), np.float32))
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match=r"the model is of class Own, whose layers only its own code knows"):
        read_model(tmp_path / "m.keras")


def test_model_quantised_by_keras_is_refused(tmp_path):
    model = keras.Sequential([layers.Input((8,)), layers.Dense(4, name="d")])
    model.layers[0].quantize("int8")
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match=r"layer d is quantised by Keras \(int8\)"):
        read_model(tmp_path / "m.keras")


def test_half_precision(tmp_path):
    for policy in ("float16", "bfloat16", "mixed_float16"):
        model = keras.Sequential([layers.Input((8,)), layers.Dense(4, dtype=policy)])
        model.save(tmp_path / "m.keras")
        expected = np.asarray(model.get_weights()[0]).astype(np.float32)
        found = read_model(tmp_path / "m.keras").layers[1].weights["kernel"]
        np.testing.assert_array_equal(found.astype(np.float32), expected)


def test_binloom_layers(tmp_path):
    from binloom.train import layers as own

    model = keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            own.BinaryConv2D(4, 3),
            layers.BatchNormalization(),
            own.Sign(),
            own.BinaryDepthwiseConv2D(3, use_bias=False),
            layers.Flatten(),
            own.BinaryDense(3, binary_input=True, use_bias=False),
        ]
    )
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / name)
        graph = read_model(tmp_path / name)
        assert graph.input_shape == (28, 28, 1)
        kinds = [layer.kind for layer in graph.layers if layer.package == "binloom"]
        assert kinds == ["BinaryConv2D", "Sign", "BinaryDepthwiseConv2D", "BinaryDense"]
        for layer, owner in zip(graph.layers[1:], model.layers, strict=True):
            for array, expected in zip(layer.weights.values(), owner.get_weights(), strict=True):
                np.testing.assert_array_equal(array, expected, err_msg=layer.name)
