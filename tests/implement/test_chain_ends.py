"""Half a CCU2C without its carry in, against the same half with it; and which ends of chains are left in a netlist."""

import json
import random
from itertools import product

import pytest

from binloom.compiler.implement.chain_ends import trim
from binloom.compiler.implement.synthesis import synthesise
from binloom.toolchain.find import yosys

ARITHMETIC = """
module top(input clk, input [11:0] a, b, input [10:0] c, output reg [11:0] sum, difference, output reg less, any);
  wire [12:0] compared = {1'b0, c} - {1'b0, a[10:0]};
  always @(posedge clk) begin
    sum <= a + b;
    difference <= a - b;
    less <= compared[12];
    any <= c == 0;
  end
endmodule
"""


def half(init: int, inputs: tuple[int, ...], carry: int) -> tuple[int, int]:
    """Sum and carry of the first half of a CCU2C, as its documentation has it."""
    p = init >> sum(bit << place for place, bit in enumerate(inputs)) & 1
    g = init >> sum(bit << place for place, bit in enumerate(inputs[:2])) & 1
    return p ^ carry, carry if p else g


def module(cell: dict, read: list[int]) -> dict:
    return {"ports": {"o": {"direction": "output", "bits": read}}, "cells": {"cell": cell}}


def ccu2c(init: int, pins: list, carry_in: str) -> dict:
    pins = dict(zip(("A0", "B0", "C0", "D0"), ([pin] for pin in pins), strict=True))
    outputs = {"S0": [20], "S1": [21], "COUT": [22]}
    inputs = {**pins, **{f"{pin}1": [30] for pin in "ABCD"}, "CIN": [carry_in]}
    return {
        "type": "CCU2C",
        "parameters": {"INIT0": f"{init:016b}", "INIT1": f"{0x6996:016b}", "INJECT1_0": "NO", "INJECT1_1": "NO"},
        "port_directions": {**dict.fromkeys(inputs, "input"), **dict.fromkeys(outputs, "output")},
        "connections": {**inputs, **outputs},
    }


@pytest.mark.parametrize("seed", range(200))
def test_a_half_means_the_same_without_its_carry_in(seed):
    """Random functions, of random pins of which some are constant, for every value of them and of the open carry in."""
    rng = random.Random(seed)
    pins = [rng.choice([2 + place, "0", "1", "x"]) for place in range(4)]
    init, carry_in = rng.getrandbits(16), rng.choice("01")
    before = ccu2c(init, pins, carry_in)
    design = module(ccu2c(init, pins, carry_in), [20, 21, 22])
    trim(design)
    after, lut = design["cells"]["cell"], design["cells"].get("cell_sum")
    if after["connections"]["CIN"] != ["x"]:
        assert design["cells"] == {"cell": before}
        return

    def values(cell: dict, names: list[str], nets: dict) -> tuple[int, ...]:
        found = (cell["connections"][name][0] for name in names)
        return tuple(nets[net] if net in nets else int(net == "1") for net in found)

    first = [f"{pin}0" for pin in "ABCD"]
    for bits in product((0, 1), repeat=4):
        nets = dict(zip(range(2, 6), bits, strict=True))
        wanted = half(init, values(before, first, nets), int(carry_in == "1"))
        made = int(after["parameters"]["INIT0"], 2)
        for open_carry in (0, 1):
            assert half(made, values(after, first, nets), open_carry)[1] == wanted[1]
        table, at = int(lut["parameters"]["INIT"], 2), values(lut, list("ABCD"), nets)
        assert half(table, at, 0)[0] == wanted[0]


def test_a_sum_that_nobody_reads_needs_no_table():
    design = module(ccu2c(0x96AA, [2, 3, "0", "1"], "0"), [21, 22])
    trim(design)
    assert list(design["cells"]) == ["cell"]
    assert design["cells"]["cell"]["parameters"]["INIT0"] == f"{0b1000:016b}"  # the carry of A + B


def test_three_inputs_keep_their_carry_in():
    design = module(ccu2c(0x6996, [2, 3, 4, "0"], "1"), [20, 21])
    trim(design)
    assert design["cells"]["cell"]["connections"]["CIN"] == ["1"]
    assert design["cells"]["cell"]["connections"]["COUT"] == ["x"]


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
def test_no_end_is_left_that_place_and_route_would_spend_a_slot_on():
    made = synthesise({"top.v": ARITHMETIC}, "top", "synth_ecp5 -nowidelut", timeout=300)
    cells = json.loads(made.json.read_text())["modules"]["top"]["cells"]
    chains = [cell["connections"] for cell in cells.values() if cell["type"] == "CCU2C"]
    carries_in = [chain["CIN"][0] for chain in chains]
    assert len(chains) >= 18
    assert not {"0", "1"} & set(carries_in)
    assert carries_in.count("x") == 3  # chains that begin here
    assert all(chain["COUT"][0] in carries_in for chain in chains)
