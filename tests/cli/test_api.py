"""The Python API: what a script or a notebook calls."""

import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

import binloom


def test_importing_costs_nothing_and_offers_the_names():
    code = "import sys, binloom; assert 'numpy' not in sys.modules; print(*dir(binloom)); binloom.compile"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {"compile", "load", "inspect", "Build", "InputError", "__version__"} <= set(done.stdout.split())


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'binloom' has no attribute 'weave'"):
        binloom.weave  # noqa: B018


def test_compile_evaluate_verify_and_load_again(model, tmp_path):
    steps = []
    build = binloom.compile(model, tmp_path / "b", ports="axi", output="both", cycles=200, on_step=steps.append)
    x = np.random.default_rng(1).integers(0, 256, (12, 6, 6), np.uint8)
    result = build.verify(x)
    assert result.equal, result
    assert build.report(result).is_file()
    again = binloom.load(tmp_path / "b")
    assert again.manifest == build.manifest
    assert np.array_equal(again.evaluate(x).logits, build.evaluate(x).logits)
    assert {"reading", "planning", "writing Verilog"} <= set(steps)


@pytest.mark.parametrize("scale", ["1/51", Fraction(1, 51)])
def test_fractions_are_exact(model, scale):
    graph = binloom.integer_graph(model, input_scale=scale, input_offset="-1/2")
    assert (graph.meta["input"]["scale"], graph.meta["input"]["offset"]) == ("1/51", "-1/2")


@pytest.mark.parametrize(
    "scale",
    ["abc", "1/0", float("nan"), float("inf"), (1, 255), "", "1e400", "1e-9999999", "1e100000000", 1e-300, 1 << 65],
)
def test_scales_that_are_no_numbers_are_input_errors(model, scale):
    said = f"input_scale must be 0 or a number of 2^-64 to 2^64 in size, got {scale!r};"
    with pytest.raises(binloom.InputError, match=re.escape(said)):
        binloom.integer_graph(model, input_scale=scale)
    with pytest.raises(binloom.InputError, match="input_offset must be"):
        binloom.integer_graph(model, input_offset=scale)


@pytest.mark.parametrize("scale", [10**9999, Fraction(1, 10**9999), "1" * 9999], ids=["int", "fraction", "text"])
def test_numbers_of_thousands_of_digits_make_one_short_line(model, scale):
    with pytest.raises(binloom.InputError, match="input_scale must be") as caught:
        binloom.integer_graph(model, input_scale=scale)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(("scale", "offset"), [("1e-19", "1.8e19"), (2**64, "-1e-19"), (2.0**-64, 2**64)])
def test_the_largest_and_the_finest_number_go_through(model, scale, offset):
    assert binloom.integer_graph(model, input_scale=scale, input_offset=offset).outputs


def test_what_can_be_mended_is_an_input_error(tmp_path):
    with pytest.raises(binloom.InputError, match="none"):
        binloom.compile(tmp_path / "none.h5", tmp_path / "b")
    with pytest.raises(binloom.InputError, match="ports must be one of plain, axi, got 'serial'"):
        binloom.compile(tmp_path / "none.h5", tmp_path / "b", ports="serial")
