"""Which package a layer's class comes from, as far as the file tells."""

import re
from collections.abc import Mapping

# Keras 2 stores a bare class name; these are Larq's.
LARQ = frozenset(
    {
        "QuantConv1D", "QuantConv2D", "QuantConv3D", "QuantConv2DTranspose", "QuantConv3DTranspose", "QuantDense",
        "QuantDepthwiseConv2D", "QuantSeparableConv1D", "QuantSeparableConv2D", "QuantLocallyConnected1D",
        "QuantLocallyConnected2D", "SteSign", "ApproxSign", "SteHeaviside", "SwishSign", "MagnitudeAwareSign",
        "SteTern", "DoReFaQuantizer", "DoReFa", "NoOp", "NoOpQuantizer",
    }
)  # fmt: skip
CBCNN = frozenset({"BinaryConv2D", "BinaryDense"})


def identify(spec: Mapping[str, object]) -> tuple[str, str]:
    """(package, class name) from `class_name`, `registered_name` and `module`."""
    kind = str(spec.get("class_name"))
    registered = spec.get("registered_name")
    module = spec.get("module")
    for name in (kind, registered):
        if isinstance(name, str) and ">" in name:
            prefix, _, bare = name.rpartition(">")
            return _package(prefix), bare
    if isinstance(module, str):
        if re.match(r"keras\.(src\.)?ops\b", module):
            return "keras.ops", kind
        root = _package(module.split(".")[0])
        if root not in ("keras", "tf_keras", "builtins", "__main__"):
            return root, kind
    if kind in LARQ:
        return "larq", kind
    if kind in CBCNN:
        return "cbcnn", kind
    return "keras", kind


def _package(prefix: str) -> str:
    prefix = prefix.strip().lower()
    return prefix if prefix not in ("custom", "") else "custom"
