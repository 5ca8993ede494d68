"""Functions of one element: thresholds, scales, slopes, clips; and the classes of the largest."""

from binloom.compiler.cost import memory
from binloom.compiler.cost.arrays import LOOKED_UP, word_counter, words
from binloom.compiler.cost.features import Features, adder, bits
from binloom.hw.element import Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.base import Elementwise
from binloom.hw.elementwise.clip import Clip
from binloom.hw.elementwise.knee import Knee
from binloom.hw.elementwise.lookup import PORTS, Lookup
from binloom.hw.elementwise.piecewise import PiecewiseAffine
from binloom.hw.elementwise.shift_affine import ShiftAffine
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.stream import Map
from binloom.hw.topk import TopK

TWO_PORTS = ("ecp5", "nexus", "gowin")  # families whose block RAM is read at two places at a time


def _frame(block: Elementwise, features: Features) -> dict[str, int]:
    """Valid bits, the stored constants and their widths by name."""
    features.ff += block.latency + block.i_map.lanes * block.o_map.element.width
    features.add("control", 3)
    widths = {name: Element(int(c.min()), int(c.max())).width for name, c in block.constants.items()}
    if block.stored:
        map = block.i_map
        channel_words(features, map)
        if not widths:
            return widths  # a table is asked for its value right away
        features.ff += map.lanes * map.stored_width
        words(features, sum(widths.values()) * map.lanes, map.channels // map.lanes, "logic")
    return widths


def channel_words(features: Features, map: Map) -> None:
    """The number of a beat's word of constants."""
    if map.sweeps > 1:
        for limit in (map.groups, map.pixels, map.sweeps):
            features.counter(limit)
    word_counter(features, map.groups, map.sweeps)


def threshold(block: Threshold, features: Features) -> None:
    _frame(block, features)
    width = block.i_map.element.width
    if not block.stored:
        features.adder("compared with constants", width, block.i_map.lanes)
        return
    features.adder("compared", width, block.i_map.lanes)
    features.add("flips", block.i_map.lanes)


def affine(block: Affine, features: Features) -> None:
    widths = _frame(block, features)
    lanes, width = block.i_map.lanes, block.i_map.element.width
    if block.stored:
        product = float(width + widths["mul"])
        _products(features, width, widths["mul"], lanes)
        features.ff += lanes * (product + widths["add"])
    else:
        sizes = [abs(int(mul)) for mul in block.constants["mul"]]
        _products(features, width, widths["mul"], sum(size & (size - 1) != 0 for size in sizes))
        # The zeros at the end of a factor are those of the product.
        bits_of = [width + size.bit_length() - (size & -size).bit_length() + 1 for size in sizes if size]
        product = sum(bits_of) / lanes
        features.ff += sum(bits_of)
    features.adder("addends", max(product, widths["add"]) + 1, lanes)


def shift_affine(block: ShiftAffine, features: Features) -> None:
    """An addition for each place but one, of numbers that grow from the element to the product."""
    _frame(block, features)
    lanes, width = block.i_map.lanes, block.i_map.element.width
    rows = block.shifts() * (lanes if block.stored else 1)
    for added, subtracted in rows:
        places = added + subtracted
        spread = (max(places, default=0) - min(places, default=0)) / max(1, len(places))
        features.adder("shifted and added", width + spread + 1, len(places))
        features.add("shifts present", width * len(places) * block.stored)
        features.ff += (width + spread + 1) * len(places) / 2 * (block.stages > 1)


def lookup(block: Lookup, features: Features) -> None:
    """For each wire of the result full LUTs of the number's wires and the word's, or memories that hold it."""
    _frame(block, features)
    lanes, width = block.i_map.lanes, block.o_map.element.width
    if block.storage == "logic":
        features.add("looked up", lanes * width * max(1, block.depth / LOOKED_UP))
        features.ff += lanes * width * block.stored
        return
    features.ff += lanes * width
    size = 1 << (block.depth - 1).bit_length()
    shared = PORTS if features.family in TWO_PORTS else 1
    features.bram += -(-lanes // shared) * memory.rom(features.family, width, size * shared)


def piecewise_affine(block: PiecewiseAffine, features: Features) -> None:
    widths = _frame(block, features)
    lanes, width = block.i_map.lanes, block.i_map.element.width
    if block.relu:
        features.add("relu", lanes * width)
        return
    slope = max(widths.values())
    _products(features, width, slope, lanes)
    if block.stored:
        features.ff += lanes * (width + slope)
        features.add("slopes", lanes * slope)
    else:
        features.ff += lanes * (width + 1)  # each bit of a slope is constant, the sign, or its inverse
        features.add("slopes", lanes)


def knee(block: Knee, features: Features) -> None:
    widths = _frame(block, features)
    lanes, width = block.i_map.lanes, block.i_map.element.width
    slope, addend = max(widths["pos"], widths["neg"]), max(widths["above"], widths["below"])
    features.adder("compared" if block.stored else "compared with constants", width, lanes)
    features.ff += lanes * (width + width + slope)  # x, and the product
    # Beside it: a selected slope, and an addend that waits a stage more; of constants each is one bit, or none.
    features.ff += lanes * (slope + 2 * addend if block.stored else 3)
    features.add("slopes", lanes * (slope + addend) if block.stored else lanes)
    _products(features, width, slope, lanes)
    features.adder("addends", max(width + slope, addend) + 1, lanes)


def _products(features: Features, a: int, b: int, count: int) -> None:
    features.products("scaled", (a, b), count, adder(features.family, a + b) * b / 2)


def clip(block: Clip, features: Features) -> None:
    _frame(block, features)
    features.adder("clipped", block.i_map.element.width, 2 * block.i_map.lanes)
    features.add("clip mux", block.i_map.lanes * block.o_map.element.width)


def top(block: TopK, features: Features) -> None:
    lanes, groups, k = block.i_map.lanes, block.i_map.groups, block.k
    features.counter(groups)
    key = 1 + block.i_map.element.width + block.i_map.element.bit + block.o_map.element.width
    alone = groups == k == 1  # then there is nothing to compare the largest with, and only its index is kept
    features.add("ranked", (adder(features.family, key) + key) * (lanes * k - alone))
    kept = block.o_map.element.width if alone else key
    features.ff += k * kept + (k - 1) * lanes * key + k + 3 * (k - 1) + bits(max(1, k - groups + 1))
    features.add("control", 4 * k + key)
