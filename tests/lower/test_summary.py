"""What `inspect` is told: shapes, arithmetic and memory, also of models that cannot be compiled."""

import numpy as np
import pytest

from binloom.compiler.lower import summarise
from tests.lower.by_hand import bn, chain, conv, layer, quant_conv


def test_arithmetic_and_memory_of_each_layer():
    model = chain(
        (8, 6, 1),
        quant_conv(4, 1, name="first"),
        bn(4),
        quant_conv(6, 4, name="second", padding="same", input_quantizer="ste_sign"),
        layer("Flatten"),
        layer("Dense", {"units": 10}, kernel=(144, 10), bias=(10,)),
    )
    rows = {row.name: row for row in summarise(model)}
    assert [row.shape for row in rows.values()] == [(8, 6, 1), (6, 4, 4), (6, 4, 4), (6, 4, 6), (1, 1, 144), (1, 1, 10)]
    first, second, dense = rows["first"], rows["second"], rows["dense"]
    assert (first.bit_macs, first.int_macs, first.weight_bits, first.memory_bits) == (0, 6 * 4 * 9 * 4, 1, 36)
    assert (second.bit_macs, second.int_macs, second.weight_bits, second.memory_bits) == (24 * 9 * 24, 0, 1, 216)
    assert (dense.bit_macs, dense.int_macs, dense.weight_bits, dense.memory_bits) == (0, 1440, 8, 11520)
    assert rows["bn"].weights == 16
    assert rows["bn"].weight_bits is None
    assert not any(row.problem for row in rows.values())


@pytest.mark.parametrize(
    ("levels", "bits", "bit_macs"), [([-1, 1], 1, 72), ([0, 1], 1, 0), ([0, 7], 3, 0), ([-4, 3], 3, 0)]
)
def test_weights_are_as_wide_as_the_hardware_keeps_them(levels, bits, bit_macs):
    kernel = np.resize(levels, (2, 36)).T
    model = chain(
        (6, 6, 1),
        layer("Activation", {"activation": "ste_sign"}),
        layer("Flatten"),
        layer("Dense", {"units": 2, "use_bias": False}, kernel=kernel),
    )
    *_, dense = summarise(model)
    assert (dense.weight_bits, dense.bit_macs, dense.memory_bits) == (bits, bit_macs, 72 * bits)


def test_refused_layers_do_not_hide_what_comes_after():
    model = chain(
        (8, 8, 1),
        quant_conv(name="odd", kernel_quantizer="dorefa_quantizer"),
        conv(3, 2, name="plain", activation="gelu"),
        layer("Flatten"),
    )
    rows = {row.name: row for row in summarise(model)}
    assert [row.shape for row in rows.values()] == [(8, 8, 1), (6, 6, 2), (4, 4, 3), (1, 1, 48)]
    assert rows["odd"].problem == "kernel_quantizer 'dorefa_quantizer' is not known"
    assert rows["odd"].remedy
    assert rows["plain"].problem.startswith("activation 'gelu'")
    assert rows["flatten"].problem is None


def test_unknown_layer_ends_the_shapes_but_not_the_verdicts():
    model = chain((8, 8, 1), layer("Mixture"), conv(3, 2, padding="causal"), conv(3, 3, name="fine"))
    rows = {row.name: row for row in summarise(model)}
    assert [row.shape for row in rows.values()] == [(8, 8, 1), None, None, None]
    assert rows["mixture"].problem == "binloom does not know this class of package 'keras'"
    assert rows["conv"].problem == "padding 'causal' is not known"
    assert rows["fine"].problem is None


def test_an_input_too_many_is_told():
    second = layer("InputLayer", name="more")
    sum_of_both = layer("Add", name="sum", inputs=("pixels", "more"))
    rows = {row.name: row for row in summarise(chain((8, 8, 1), second, sum_of_both))}
    assert {name: row.problem for name, row in rows.items()} == {
        "pixels": None,
        "more": "the model has more than one input",
        "sum": None,
    }
    assert rows["more"].remedy == "give a model with one input"
    unread = chain((8, 8, 1), second, conv(inputs=1), outputs=["pixels"])
    assert not any(row.problem for row in summarise(unread))
