"""Convolutions of codes: butterflies over a beat and a sum for each code; kernels made as they are used."""

from binloom.compiler.cost import arrays
from binloom.compiler.cost.dots import DOTS
from binloom.compiler.cost.features import Features, bits
from binloom.compiler.cost.windows import walk
from binloom.hw.order.collect import Collect
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.kernel import Recipe
from binloom.hw.ovsf.transform import Transform


def transform(block: Transform, features: Features) -> None:
    plan, elements = block.plan, block.plan.elements(block.source)
    for element in elements[plan.inputs :]:
        features.adder("butterflies", element.width)
    for done in block.held:
        features.ff += sum(elements[number].width for number in plan.live(done))
    features.counter(block.beats)
    features.ff += block.inner * (1 + (block.beats > 1) + bits(block.beats)) + 1
    features.add("control", 3)
    if block.pairings:
        _between_beats(block, features)
    else:
        _code_sums(block, features)


def _between_beats(block: Transform, features: Features) -> None:
    for number, pairing in enumerate(block.pairings):
        width = sum(element.width for element in pairing.elements)
        if number:
            features.ff += width + 1
        features.counter(2 * pairing.reach)
        features.counter(pairing.reach)
        for _ in range(1 + pairing.differences):
            if pairing.reach == 1:
                features.ff += width
            else:
                features.ram(width, pairing.reach)
        for element in pairing.results:
            features.adder("butterflies", element.width)
            if pairing.differences:
                features.add("code choices", element.width)
    last = block.pairings[-1]
    features.counter(last.reach << last.differences)
    features.add("minus", len(set(block.turns.tolist())))
    for code, element in enumerate(block.sum_elements):
        features.ff += element.width
        if block.start[code]:
            features.adder("code sums", element.width)


def _code_sums(block: Transform, features: Features) -> None:
    patterns = {tuple(row) for row in block.beat_signs.tolist()}
    features.add("minus", bits(block.beats) / 4 * len(patterns))
    for code, element in enumerate(block.sum_elements):
        features.ff += element.width
        if block.beats > 1:
            features.adder("code sums", element.width)
            # The number turned to its sign, and the sum so far or none.
            turned = len(set(block.beat_signs[code].tolist())) > 1
            features.add("code choices", element.width * (1 + turned))
        elif block.start[code] or block.beat_signs[code, 0] < 0:
            features.adder("code sums", element.width)


def generated_array(block: GeneratedArray, features: Features) -> None:
    map, deep = block.i_map, block.reads + block.stages
    for limit in (block.beats, map.pixels, map.sweeps):
        features.counter(limit)
    features.ff += map.lanes * map.stored_width + deep * (1 + (block.beats > 1) + block.sums)
    if block.sums and not block.starts.same:
        features.ff += (deep - 1) * bits(map.sweeps)
    if block.starts.places.size:
        walk(features, block.starts.places)
        features.ff += (deep - 1) * block.starts.places.shape[1]
    features.add("control", 6)
    _kernel_rows(block.recipe, block.job.weight.width, features)
    dot = Features(features.family, features.exact, features.multipliers)
    DOTS[block.kind](block, dot)
    features.join(dot)
    if block.sums:
        arrays.sums(block, features)


def _kernel_rows(recipe: Recipe, width: int, features: Features) -> None:
    beats, lanes = recipe.places.shape
    kept, total = recipe.stored // recipe.step, recipe.sum_element.width
    for limit in (recipe.steps, beats, recipe.rows):
        features.counter(limit)
    features.ff += 4 + (recipe.reads + 1) * (4 + bits(beats))
    features.add("control", 8)
    arrays.words(features, recipe.step * recipe.pe * recipe.factor.width, recipe.rows * recipe.steps, recipe.storage)
    if kept:
        arrays.words(features, recipe.step * lanes, beats * kept, recipe.storage)
    if kept < recipe.steps:
        index = bits(recipe.length)
        arrays.words(features, recipe.step * index, recipe.steps, "logic")
        arrays.words(features, index, beats, "logic")
        features.add("codes", recipe.step * (lanes * 1.5 + index / 2))
    weights = lanes * recipe.pe
    features.ff += weights * total
    features.adder("weights", total, weights * recipe.step)
    features.add("weight choices", weights * (total + recipe.step * recipe.factor.width))
    features.ram(weights * width, 2 * beats)


def collect(block: Collect, features: Features) -> None:
    map = block.i_map
    for limit in (map.beats, map.pixels, map.planes, map.planes, map.pixels):
        features.counter(limit)
    features.ff += 2 + bits(map.pixels + 1) + bits(map.beats) + bits(map.pixels)
    features.add("control", 6)
    features.add("counters", 2 * (bits(map.beats) + bits(map.pixels)))
    features.ram(map.lanes * map.stored_width, map.beats)
