"""Which RAM yosys takes, at the sizes where its prices change their minds: queues of CNV as `synth_ecp5` makes them."""

import pytest

from binloom.compiler.cost.memory import ram


@pytest.mark.parametrize(
    ("width", "depth", "what", "blocks"),
    [
        (1, 225, "lutram", 15),
        (1, 449, "bram", 1),
        (1, 785, "bram", 1),
        (8, 53, "lutram", 8),
        (8, 89, "lutram", 12),
        (32, 149, "bram", 1),
        (64, 96, "bram", 2),
        (176, 3, "lutram", 44),
    ],
)
def test_ecp5_pays_for_whole_lut_memories(width, depth, what, blocks):
    placed = ram("ecp5", width, depth, collide=True)
    assert (placed.what, placed.blocks) == (what, blocks)


def test_gowin_pays_for_the_bits_that_are_used():
    assert ram("gowin", 1, 449, collide=True).what == "lutram"
    assert ram("gowin", 4, 449, collide=True).what == "bram"
