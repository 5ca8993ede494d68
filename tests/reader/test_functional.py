"""Functional models: connections of Keras 2 and Keras 3, shared layers, models inside models, and broken graphs."""

import re

import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
from binloom.compiler.reader.config import parse_model
from binloom.compiler.reader.flatten import flatten
from tests.reader import standins as s

SHAPE = {"name": "image", "batch_input_shape": [None, 4, 4, 2]}
INPUT = ("InputLayer", SHAPE, [])


def tensor(name: str, call: int = 0, result: int = 0) -> dict[str, object]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None], "keras_history": [name, call, result]}}


def node(*args: object, **kwargs: object) -> dict[str, object]:
    return {"args": list(args), "kwargs": kwargs}


def relu(name: str, *calls: object) -> tuple[str, dict[str, object], list[object]]:
    return "ReLU", {"name": name, "trainable": True}, list(calls)


def lay(config: dict[str, object]) -> dict[str, tuple[str, ...]]:
    """Each flat call's name and inputs, and the outputs under "->"."""
    calls, outputs = flatten(parse_model(config, "m.h5"), "m.h5")
    return {call.name: call.inputs for call in calls} | {"->": outputs}


def test_branches_of_keras2_and_keras3():
    expected = {"image": (), "a": ("image",), "b": ("image",), "sum": ("a", "b"), "->": ("sum",)}
    for one, two in (
        ([[["image", 0, 0, {}]]], [[["a", 0, 0, {}], ["b", 0, 0, {}]]]),
        ([["image", 0, 0, {}]], [[["a", 0, 0], ["b", 0, 0]]]),
        ([node(tensor("image"), training=False)], [node([tensor("a"), tensor("b")])]),
        ([node(inputs=tensor("image"))], [node(tensor("a"), mask=None, other=tensor("b"))]),
    ):
        add = ("Add", {"name": "sum", "trainable": True}, two)
        assert lay(s.functional([INPUT, relu("a", *one), relu("b", *one), add], ["image"], [["sum", 0, 0]])) == expected


@pytest.mark.parametrize("outputs", [["a", 0, 0], [["a", 0, 0]], {"x": ["a", 0, 0]}, [{"x": [["a", 0, 0]]}]])
def test_ways_to_write_one_output(outputs):
    assert lay(s.functional([INPUT, relu("a", node(tensor("image")))], ["image"], outputs))["->"] == ("a",)


def test_several_outputs_keep_their_order():
    layers = [INPUT, relu("a", node(tensor("image"))), relu("b", node(tensor("a")))]
    assert lay(s.functional(layers, ["image"], [["b", 0, 0], ["a", 0, 0]]))["->"] == ("b", "a")


def test_order_is_topological_and_else_that_of_the_configuration():
    layers = [relu("c", node(tensor("b"))), relu("b", node(tensor("image"))), relu("a", node(tensor("image"))), INPUT]
    assert list(lay(s.functional(layers, ["image"], ["c", 0, 0]))) == ["image", "b", "c", "a", "->"]


def test_a_layer_called_twice_becomes_two():
    shared = relu("r", node(tensor("image")), node(tensor("r")))
    late = relu("r__2", node(tensor("r", 1)))
    flat = lay(s.functional([INPUT, shared, late], ["image"], ["r__2", 0, 0]))
    assert flat == {"image": (), "r": ("image",), "r__2": ("r",), "r__2__2": ("r__2",), "->": ("r__2__2",)}


@pytest.mark.parametrize("dialect", ["keras2", "keras3"])
@pytest.mark.parametrize("kind", ["Functional", "Sequential"])
def test_a_nested_model_called_twice(dialect, kind):
    """Keras 2 counts a nested model's calls from 1; Keras 3 from 0, save in the outputs of a Functional."""
    if kind == "Functional":
        inside = s.functional(
            [("InputLayer", {**SHAPE, "name": "i"}, []), relu("r", node(tensor("i")))], ["i"], ["r", 0, 0]
        )
    else:
        inside = s.sequential([("ReLU", {"name": "r"}, {})])
    if dialect == "keras2":
        first, second, third = [[["image", 0, 0, {}]]], [[["net", 1, 0, {}]]], [[["net", 1, 0, {}]]]
        last = 2
    else:
        first, second, third = [node(tensor("image"))], [node(tensor("net"))], [node(tensor("net"))]
        last = 2 if kind == "Functional" else 1
    config = s.functional([INPUT, relu("end", *third)], ["image"], [["net", last, 0], ["end", 0, 0]])
    config["config"]["layers"].insert(1, {**inside, "name": "net", "inbound_nodes": first + second})
    expected = {"image": (), "net/r": ("image",), "net/r__2": ("net/r",), "end": ("net/r",), "->": ("net/r__2", "end")}
    assert lay(config) == expected


def test_nested_model_of_two_inputs_and_two_outputs():
    inputs = [("InputLayer", {"name": name}, []) for name in "ij"]
    inside = s.functional(
        [*inputs, relu("p", node(tensor("i"))), relu("q", node(tensor("j")))], ["i", "j"], [["q", 0, 0], ["p", 0, 0]]
    )
    a, b = relu("a", node(tensor("image"))), relu("b", node(tensor("net", 0, 1)))
    config = s.functional([INPUT, a, b], ["image"], ["b", 0, 0])
    config["config"]["layers"].insert(
        2, {**inside, "name": "net", "inbound_nodes": [node([tensor("image"), tensor("a")])]}
    )
    assert lay(config) == {
        "image": (),
        "a": ("image",),
        "net/p": ("image",),
        "net/q": ("a",),
        "b": ("net/p",),
        "->": ("b",),
    }
    config["config"]["layers"][2]["inbound_nodes"] = [node(tensor("image"))]
    with pytest.raises(InputError, match="model model has 2 inputs but is given 1"):
        lay(config)


def test_operations_are_layers_of_their_own_kind(tmp_path):
    """x + y is an Add; x + 2, relu and Keras 2's TFOpLambda of other functions are passed on for lower to judge."""
    ops = "keras.src.ops.numpy"
    add = {"trainable": True, "function": "math.add"}
    config = s.functional(
        [
            INPUT,
            ("Add", {"name": "both"}, [node(tensor("image"), tensor("image"))]),
            ("Add", {"name": "two"}, [node(tensor("both"), 2.0)]),
            ("Relu", {"name": "op"}, [node(tensor("two"))]),
            ("TFOpLambda", {"name": "tf", **add}, [["op", 0, 0, {"y": ["two", 0, 0]}]]),
            ("TFOpLambda", {"name": "tf2", **add}, [["tf", 0, 0, {"y": 2.0}]]),
            ("TFOpLambda", {"name": "tf3", **add}, [["_CONSTANT_VALUE", -1, 2.0, {"y": ["tf2", 0, 0]}]]),
        ],
        ["image"],
        ["tf3", 0, 0],
    )  # fmt: skip
    for module in (None, ops):
        if module:
            config["config"]["layers"][3]["module"] = module
        graph = read_model(s.write_keras2_h5(tmp_path / "m.h5", [], config=config))
        assert [(layer.kind, layer.package) for layer in graph.layers[1:]] == [
            ("Add", "keras"),
            ("ops.Add", "keras.ops"),
            ("ops.Relu", "keras.ops"),
            ("Add", "keras"),
            ("TFOpLambda", "keras"),
            ("TFOpLambda", "keras"),
        ]
        assert [layer.inputs for layer in graph.layers[4:]] == [("op", "two"), ("tf",), ("tf2",)]


def test_layers_of_one_input_are_given_one(tmp_path):
    two = relu("a", node(tensor("image"), tensor("image")))
    path = s.write_keras2_h5(tmp_path / "m.h5", [], config=s.functional([INPUT, two], ["image"], ["a", 0, 0]))
    with pytest.raises(InputError, match=r"layer a \(ReLU\) is given 2 inputs; it takes one"):
        read_model(path)


LOOP = [INPUT, relu("a", node(tensor("b"))), relu("b", node(tensor("a")))]


@pytest.mark.parametrize(
    ("layers", "outputs", "message"),
    [
        (LOOP, ["b", 0, 0], "layer a depends on its own result"),
        ([INPUT, relu("a", node(tensor("x")))], ["a", 0, 0], "layer a takes its input from x, which does not exist"),
        ([INPUT, relu("a", node(tensor("image", 1)))], ["a", 0, 0], "refers to call 1 of image, which does not exist"),
        ([INPUT, relu("a", node(tensor("image", 0, 1)))], ["a", 0, 0], "layer image has no result number 1"),
        ([INPUT, relu("a", node(tensor("image"))), relu("b", node(tensor("a", 3)))], ["b", 0, 0], "a call of a that"),
        ([INPUT, relu("a", node(tensor("image")))], ["z", 0, 0], "refers to call 0 of z, which does not exist"),
        ([INPUT, relu("a", node())], ["a", 0, 0], r"layer a \(ReLU\) takes no input"),
        ([INPUT, relu("a", node(tensor("image", -1)))], ["a", 0, 0], "the connections of a cannot be read"),
        ([INPUT, relu("a", node({"class_name": "__keras_tensor__"}))], ["a", 0, 0], "connections of a cannot be read"),
        ([INPUT, relu("a", node(tensor("image"))), relu("a")], ["a", 0, 0], "two layers are named a"),
        ([INPUT, relu("a", node(tensor("image")))], [], "model model names no inputs or outputs"),
        ([("ReLU", {"name": "a"}, "x")], ["a", 0, 0], "the connections of a cannot be read"),
    ],
)  # fmt: skip
def test_broken_connections(layers, outputs, message):
    with pytest.raises(InputError, match=message) as caught:
        lay(s.functional(layers, ["image"], outputs))
    assert "\n" not in str(caught.value)


def test_an_absent_input():
    with pytest.raises(InputError, match="the input nobody of model model is not an input layer"):
        lay(s.functional([INPUT], ["nobody"], ["image", 0, 0]))


def test_models_that_multiply_are_stopped():
    """Thirty models, each calling the next one twice, would be a thousand million layers."""
    config = s.sequential([("ReLU", {"name": "r"}, {})])
    for level in range(30):
        twice = [node(tensor("i")), node(tensor("net"))]
        outer = s.functional([("InputLayer", {**SHAPE, "name": "i"}, [])], ["i"], ["net", 1, 0])
        outer["config"]["layers"].append({**config, "name": "net", "inbound_nodes": twice})
        outer["config"]["output_layers"] = ["net", 2 if level else 1, 0]
        config = outer
    with pytest.raises(InputError, match="more than 10000 layers once its nested models are laid flat"):
        lay(config)


def test_models_nested_too_deep():
    config = s.sequential([("ReLU", {"name": "r"}, {})])
    for level in range(40):
        config = {"class_name": "Sequential", "config": {"name": f"m{level}", "layers": [config]}}
    with pytest.raises(InputError, match="models nested more than 32 deep"):
        lay(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"class_name": "MyModel", "config": {}},
            "the model is of class MyModel, whose layers only its own code knows",
        ),
        ({}, "the configuration names no model class"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "model model has no layers"),
        ({"class_name": "Sequential", "config": {"name": 3, "layers": []}}, "the model's name is not text"),
        ({"class_name": "Sequential", "config": {"layers": [3]}}, "names no class"),
        ({"class_name": "Sequential", "config": {"layers": [{"class_name": "X"}]}}, "a X layer has no configuration"),
        (
            {"class_name": "Sequential", "config": {"layers": [{"class_name": "X", "config": {}}]}},
            "a X layer has no name",
        ),
    ],
)
def test_configurations_that_are_no_model(config, message):
    with pytest.raises(InputError, match=re.escape(message)):
        lay(config)


def test_old_sequential_is_a_plain_list():
    entries = s.sequential([("InputLayer", SHAPE, {}), ("ReLU", {"name": "r"}, {})])["config"]["layers"]
    assert lay({"class_name": "Sequential", "config": entries}) == {"image": (), "r": ("image",), "->": ("r",)}
