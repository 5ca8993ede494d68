"""Which batch normalisations of a model become int8 units, and where their binary points lie: by calibration images.

A batch normalisation whose value only signs ask for is a bound and stays one. One that only a result reads keeps all
its bits, since results may be close. Every other one becomes an int8 unit: it is given the binary places of its input
that lose least of what the calibration images give it, and those of its output, with the unit of its mean and sigma,
for which the int8 unit comes nearest to the batch normalisation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from binloom.compiler.int8_norm import COARSEST, LARGEST, Int8Norm, Places, int8_norm
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.interpret import trace
from binloom.compiler.ir.ops import Concat, MaxPool, Output, Pad, Reshape, Scale, Sign
from binloom.compiler.layers import Layer, LayerGraph
from binloom.compiler.lower.builder import Builder
from binloom.compiler.lower.normalization import learned

KINDS = {("keras", "BatchNormalization"), ("keras", "SyncBatchNormalization")}

# Signs are hoisted in front of these.
PASSED_BY_SIGNS = (Reshape, MaxPool, Pad, Concat)

IMAGES = 64  # traced at once
NUMBERS = 20_000  # of a layer's input that the places are chosen by
SPARE = 4  # binary places that are tried beyond those at which nothing saturates


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A layer's places, and how far its unit is from it in steps of its output: as a rule (rms), and at most."""

    layer: str
    places: Places
    typical: float
    largest: float

    def __str__(self) -> str:
        at = self.places
        counted = f", mean and sigma in units of 2^{at.unit}" if at.unit else ""
        return (
            f"{self.layer}: an int8 batch normalisation, {at.input} binary places in, {at.output} out{counted}; "
            f"off by {self.typical:.2f} of a step as a rule, {self.largest:.1f} at most"
        )


def calibrate(layers: LayerGraph, real: Graph, images: np.ndarray) -> dict[str, Calibrated]:
    """The layers that become int8 units, by name; `real` is what the layers are lowered to."""
    found = {}
    for layer, node in candidates(layers, real):
        x = activations(real, node.inputs[0], images)
        found[layer.name] = placed(layer, x, layers)
    return found


def candidates(layers: LayerGraph, real: Graph) -> Iterator[tuple[Layer, Node]]:
    """Each batch normalisation that stays a number, and the node that computes it."""
    for node in real:
        if node.source not in {layer.name for layer in layers.layers} or not isinstance(node.op, Scale):
            continue
        layer = layers[node.source]
        if (layer.package, layer.kind) in KINDS and needed(real, node):
            yield layer, node


def needed(graph: Graph, node: Node) -> bool:
    """Whether something reads the value that is neither a sign, in front of which it is a bound, nor a result."""
    for user in graph.users[node.name]:
        if isinstance(user.op, PASSED_BY_SIGNS):
            if needed(graph, user):
                return True
        elif not isinstance(user.op, Sign | Output):
            return True
    return False


def activations(graph: Graph, name: str, images: np.ndarray) -> np.ndarray:
    """Numbers that a node gives for these images, (n, channels): all of them, or as many as are enough."""
    parts = []
    for start in range(0, len(images), IMAGES):
        part = trace(graph, images[start : start + IMAGES])[name]
        parts.append(part.reshape(-1, part.shape[-1]).astype(np.float64))
    rows = np.concatenate(parts)
    most = max(1, NUMBERS // rows.shape[1])
    return rows if len(rows) <= most else np.random.default_rng(0).permutation(rows)[:most]


def placed(layer: Layer, x: np.ndarray, layers: LayerGraph) -> Calibrated:
    """The places that lose least: first those of the input, then those of the output together with the unit."""
    known = learned(Builder(layers), layer, x.shape[1])
    parameters = (known.gamma, known.beta, known.mean, known.variance, known.epsilon)
    y = known.gamma * (x - known.mean) / np.sqrt(known.variance.astype(np.float64) + known.epsilon) + known.beta
    inner = min(tried(x), key=lambda places: square(rounded(x, places) * 2.0**-places - x))
    codes = rounded(x, inner)
    best: tuple[float, Places] | None = None
    for outer in tried(y):
        for unit in range(-COARSEST, COARSEST + 1):
            at = Places(inner, outer, unit)
            if not at.possible:
                continue
            loss = square(int8_norm(*parameters, at)(codes) * 2.0**-outer - y)
            if best is None or loss < best[0]:
                best = loss, at
    assert best is not None
    at = best[1]
    return stated(layer, int8_norm(*parameters, at), at, codes, y)


def stated(layer: Layer, unit: Int8Norm, at: Places, codes: np.ndarray, y: np.ndarray) -> Calibrated:
    error = np.abs(unit(codes) - y * 2.0**at.output)
    return Calibrated(layer.name, at, float(np.sqrt(square(error))), float(error.max()))


def tried(values: np.ndarray) -> range:
    """Binary places from those at which nothing saturates on, and no more than the numbers themselves have.

    Whole numbers that fit stay as they are, though all of them be even: halving them would take hardware.
    """
    largest = float(np.abs(values).max())
    if not largest:
        return range(1)
    fits = int(np.clip(np.floor(np.log2(LARGEST / largest)), -COARSEST, COARSEST))
    most = min(COARSEST, fits + SPARE)
    own = next((places for places in range(-COARSEST, most) if on_grid(values, places)), most)
    own = max(own, min(fits, 0))
    return range(min(fits, own), own + 1)


def on_grid(values: np.ndarray, places: int) -> bool:
    scaled = values * 2.0**places
    return bool((scaled == np.rint(scaled)).all())


def rounded(values: np.ndarray, places: int) -> np.ndarray:
    return np.clip(np.floor(values * 2.0**places + 0.5), -LARGEST, LARGEST).astype(np.int64)


def square(values: np.ndarray) -> float:
    return float(np.mean(values * values))


def chosen(found: Mapping[str, Calibrated]) -> dict[str, Places]:
    """What lowering is told."""
    return {name: each.places for name, each in found.items()}
