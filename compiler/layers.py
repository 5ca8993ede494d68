"""The layer graph: what the reader found in a file, one entry a layer, before any of it is given a meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from binloom.compiler.ir.ops import Shape


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as stored: its class, its configuration and its arrays. Nested models are already laid flat."""

    name: str  # unique; a nested model's layers are "outer/inner"
    kind: str  # the class without its package: "QuantConv2D"
    package: str  # "keras", "larq", "cbcnn", "binloom", or whatever the file says
    config: Mapping[str, object]
    weights: Mapping[str, np.ndarray]  # by role, as stored (float32): "kernel", "depthwise_kernel", "gamma", ...
    inputs: tuple[str, ...]  # names of layers


@dataclass(frozen=True)
class LayerGraph:
    """Layers in topological order, the InputLayers first; `outputs` names the layers whose results count."""

    name: str
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    input_shape: Shape
    sha256: str  # of the model file's bytes
    format: str  # "keras2-h5", "keras3-h5", "keras3-zip"
    meta: Mapping[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)
