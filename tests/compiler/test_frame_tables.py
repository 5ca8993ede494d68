"""Tables of frames as a network: a camera's pixels to eight bits; golden == pysim == Verilator, and the pace."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.timing import predict
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from tests.compiler.bench import check_network, check_verilog, planned, random_frames, run_network


def camera(size: tuple[int, int] = (4, 5), *, colour: bool = True, places: int = 5, bits: int = 8) -> Graph:
    """RGB to Y, equalised, standardised; and a convolution of the result, as a net would have."""
    b = GraphBuilder("camera")
    x = b.input((*size, 3 if colour else 1))
    x = b.luminance(x) if colour else x
    x = b.standardise(b.equalise(x, name="spread"), places, bits, name="standard")
    return b.output(b.conv(x, np.array([[1, -1], [-1, 1]]).reshape(2, 2, 1, 1), name="edges", padding="same"), "maps")


def small(size: tuple[int, int], hi: int, places: int, bits: int, *, equalise: bool) -> Graph:
    b = GraphBuilder("tiny")
    x = b.input((*size, 1), 0, hi)
    return b.output(b.equalise(x) if equalise else b.standardise(x, places, bits))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_pysim_equals_golden(data):
    size, hi = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5))), data.draw(st.integers(0, 9))
    bits = data.draw(st.integers(2, 16))
    graph = small(size, hi, data.draw(st.integers(0, bits - 1)), bits, equalise=data.draw(st.booleans()))
    check_network(graph, planned(graph), stall=data.draw(st.sampled_from([0.0, 0.3])), frames=3)


def test_a_camera_in_pysim():
    graph = camera((2, 3))
    check_network(graph, planned(graph), frames=2)


@pytest.mark.parametrize("size", [(5, 7)])
def test_verilator_equals_golden(tmp_path: Path, size):
    check_verilog(camera(size), tmp_path / "build", CompileOptions())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "colour", "places", "bits"), [((32, 32), True, 5, 8), ((1, 1), True, 0, 2), ((16, 9), False, 12, 16)]
)
def test_verilator_equals_golden_in_any_shape(tmp_path: Path, size, colour, places, bits):
    graph = camera(size, colour=colour, places=places, bits=bits)
    check_verilog(graph, tmp_path / "build", CompileOptions())


@pytest.mark.parametrize("equalise", [True, False])
@pytest.mark.parametrize("size", [(3, 4), (1, 1)])
def test_predicted_timing_is_measured(equalise: bool, size):
    """To the cycle: the first result, the last one, and the cycles from frame to frame. But behind a reset what waits
    in front of an equalisation waits for its counts to be cleared, too."""
    graph = small(size, 5, 4, 8, equalise=equalise)
    made = planned(graph)
    said, frames = predict(made.netlist, made.units), 4
    result = run_network(made, random_frames(graph, frames, 1))
    (source,), ((port, map),) = made.netlist.inputs, made.netlist.output_maps.items()
    out = np.array(result.cycles[port]).reshape(frames, map.beats)
    first, last = out[0, [0, -1]] - result.accepted[source][0]
    assert last - first == said.last[port] - said.first[port] == map.beats - 1
    assert 0 <= first - said.first[port] <= (8 if equalise else 0)
    assert set(np.diff(out[:, -1])[1:].tolist()) == {said.cycles}
