"""One image at a time through the Verilog: every layer, the class and the cycles."""

import dataclasses

import numpy as np
import pytest

from binloom import api
from binloom.build import Build
from binloom.compiler.errors import InputError
from binloom.compiler.ir import interpret
from binloom.compiler.ir.ops import Dense
from binloom.sim import golden
from binloom.sim.demo.clock import clock_for
from binloom.sim.demo.subject import Subject
from binloom.sim.demo.telling import array, told_in


@pytest.fixture(scope="module")
def build(built):
    return api.load(built)


def subject_of(build: Build) -> Subject:
    return Subject(build.graph, build.manifest, build.verilog.read_text(), build.load_image)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, 6, 6, 1))


def test_every_layer_is_what_golden_says(build):
    subject, x = subject_of(build), images(3)
    told = golden.evaluate(build.graph, x)
    for image, label, logits in zip(x, told.classes, told.logits, strict=True):
        answer = subject.ask(image)
        assert answer.difference is None
        assert (answer.label, answer.logits.tolist()) == (label, logits.tolist())
        assert answer.cycles == max(build.manifest["timing"]["latency_last"].values())
        trace = interpret.trace(build.graph, image[np.newaxis])
        for layer in answer.layers:
            assert np.array_equal(layer.values, trace[layer.name][0]), layer.name
    assert subject.measure(images(4)) == build.manifest["timing"]["cycles_per_frame"]


def test_spans_of_layers_are_those_that_were_predicted(build):
    answer = subject_of(build).ask(images(1)[0])
    spans = {op["name"]: op["span"] for op in build.manifest["ops"]}
    seen = {layer.name: layer for layer in answer.layers if layer.first is not None}
    assert seen["last"].last == answer.cycles
    for name, layer in seen.items():
        assert layer.first >= spans[name][0]
        assert 0 <= layer.first <= layer.last <= answer.cycles


def test_hardware_that_departs_from_the_model_is_told(build):
    nodes = [
        dataclasses.replace(node, op=dataclasses.replace(node.op, bias=node.op.bias + np.eye(1, 5, 2, dtype=int)[0]))
        if isinstance(node.op, Dense)
        else node
        for node in build.graph
    ]
    other = dataclasses.replace(build.graph, nodes=tuple(nodes))
    answer = subject_of(dataclasses.replace(build, graph=other)).ask(images(1)[0])
    assert str(answer.difference).startswith("last, frame 0, y 0, x 0, channel 2: got ")


def test_an_image_of_another_form(build):
    with pytest.raises(InputError, match=r"the model takes \(n, 6, 6, 1\)"):
        subject_of(build).ask(images(1)[0][:5])


def test_a_build_that_delivers_the_class_alone(model, tmp_path):
    build = api.compile(model, tmp_path / "build", output="class", cycles=200)
    x = images(2)
    classes = golden.evaluate(api.integer_graph(model), x).classes
    subject = subject_of(build)
    answers = [subject.ask(image) for image in x]
    assert [answer.label for answer in answers] == classes.tolist()
    assert {answer.logits for answer in answers} == {None}
    assert subject.classes == 0


def test_what_the_page_is_told_of_a_layer(build):
    subject = subject_of(build)
    told = told_in(subject.ask(images(1)[0]), subject)
    layers = {layer["name"]: layer for layer in told["layers"]}
    assert (layers["first"]["op"], layers["first"]["shape"], layers["first"]["bit"]) == ("Conv", [6, 6, 4], False)
    assert "flat" not in layers


@pytest.mark.parametrize(
    ("values", "kind"),
    [([0, 1], "int8"), ([0, 255], "uint8"), ([-1, 255], "int16"), ([-40_000], "int32"), ([], "int8")],
)
def test_arrays_are_sent_as_narrow_as_they_can(values, kind):
    assert array(np.array(values, np.int64))["type"] == kind


def test_whose_word_the_clock_is(build):
    asked = (build.graph, build.manifest)
    routed = {"target": "icebreaker", "clock_mhz": {"min": 20.0, "max": 24.5}, "bitstream": None}
    assert clock_for(*asked, {}, mhz=48.0).source == "as given"
    assert clock_for(*asked, {}).source == "predicted for ulx3s-85f"
    found = clock_for(*asked, {"routed": routed})
    assert (found.mhz, found.source) == (24.5, "reached by place and route for icebreaker")
    found = clock_for(*asked, {"routed": {**routed, "bitstream": {"clock_mhz": 24}}}, "icebreaker")
    assert (found.mhz, found.source) == (24, "that of the bitstream for icebreaker")
    assert clock_for(*asked, {"routed": routed}, "ulx3s-12f").source == "predicted for ulx3s-12f"
    with pytest.raises(InputError, match="there is no board 'nope'"):
        clock_for(*asked, {}, "nope")
