"""What is equal is found equal; what is not is found where it first departs."""

import re

import numpy as np
import pytest

from binloom.compiler.ir import interpret
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from tests.sim.nets import emitted, tiny

IMAGES = random_images(tiny(), 20, seed=3)


@pytest.fixture(scope="module")
def plain():
    return emitted(tiny())


@pytest.mark.parametrize("style", ["plain", "axi"])
def test_equal_and_as_fast_as_predicted(style):
    steps = []
    result = verify(tiny(), *emitted(tiny(), style), IMAGES, progress=lambda *step: steps.append(step))
    assert result.equal, result
    predicted, measured = result.predicted, result.measured
    assert measured.latency == predicted.latency
    # The rate is an estimate: it takes nodes as never holding each other up, and work at a frame's seam as not hidden.
    assert abs(measured.cycles_per_frame - predicted.cycles_per_frame) <= 0.03 * measured.cycles_per_frame
    assert str(result) == "equal on every output of 20 images (given), seed 1, driver cpp"
    assert {("golden model", 20, 20), ("random stalls", 20, 20), ("free running", 20, 20)} <= set(steps)


def test_one_image_has_a_latency_and_no_interval(plain):
    result = verify(tiny(), *plain, IMAGES[:1])
    assert result.measured.cycles_per_frame is None
    assert result.measured.latency == result.predicted.latency


def test_the_first_difference_has_op_frame_pixel_and_channel(plain):
    """The design has another bound than the model: its first sign departs, in the channel of that bound."""
    model, other = tiny(bound=60), tiny()
    traces = [interpret.trace(graph, IMAGES) for graph in (model, other)]
    differ = np.argwhere(traces[0]["sign1"] != traces[1]["sign1"])
    wrong = np.flatnonzero((traces[0]["logits"] != traces[1]["logits"]).reshape(20, -1).any(axis=1))
    frame, y, x, channel = next(place for place in differ if place[0] == wrong[0])
    result = verify(model, *plain, IMAGES)
    assert not result.equal
    found = result.mismatch
    assert (found.op, found.frame, found.y, found.x, found.channel) == ("sign1", frame, y, x, channel)
    assert channel == 1
    assert (found.got, found.expected) == (traces[1]["sign1"][frame, y, x, 1], traces[0]["sign1"][frame, y, x, 1])
    assert result.measured is None
    assert f"sign1, frame {frame}, y {y}, x {x}, channel 1: got" in str(result)


def test_the_place_is_found_through_axi_ports_too():
    result = verify(tiny(bound=60), *emitted(tiny(), "axi"), IMAGES)
    assert (result.mismatch.op, result.mismatch.channel) == ("sign1", 1)


def test_a_dead_lock_says_what_each_op_let_pass(plain):
    manifest, verilog = plain
    broken, count = re.subn(r"(tiny_dense  dense \([^;]*\.i__valid\()[^)]*", r"\g<1>1'b0", verilog)
    assert count == 1
    result = verify(tiny(), manifest, broken, IMAGES[:2])
    assert not result.equal
    assert re.fullmatch(
        r"random stalls: stuck after \d+ cycles: beats accepted, image 72 of 72; delivered, logits 0 of 10; "
        r"inside, conv1 72, sign1 \d+, pool1 \d+, conv2 18, flat 18, dense 0",
        result.failure,
    ), result.failure


@pytest.mark.parametrize("bound", [0, 60])
def test_waves_of_a_right_and_of_a_wrong_design(plain, tmp_path, bound):
    wave = tmp_path / "run.fst"
    assert verify(tiny(bound), *plain, IMAGES[:8], waves=wave).equal == (bound == 0)
    assert b"conv2_payload" in wave.read_bytes()


def test_the_seed_changes_the_stalls_and_nothing_else(plain):
    assert verify(tiny(), *plain, IMAGES[:2], seed=99).equal
