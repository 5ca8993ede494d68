"""Equal ops over equal inputs are done once."""

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.share_equal import share_equal
from tests.passes.compare import assert_equal, ops, random_images


def test_equal_branches_become_one():
    b = GraphBuilder()
    x = b.input((3, 3, 2))
    branches = [b.max_pool(b.threshold(x, [5, 9], [True, False]), (2, 2)) for _ in range(2)]
    before = b.output(b.add(*branches))
    after = share_equal(before)
    assert ops(after) == ["Threshold", "MaxPool", "Add"]
    assert_equal(before, after, random_images(before, 3, 1))


def test_other_settings_stay_apart():
    b = GraphBuilder()
    x = b.input((3, 3, 2))
    before = b.output(b.add(b.threshold(x, [5, 9]), b.threshold(x, [5, 8]), b.threshold(x, [5, 9], [False, True])))
    assert ops(share_equal(before)) == ops(before)
