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
# Others have layers of these names too: CBCNN's are known by their scale H.
CBCNN = frozenset({"BinaryConv2D", "BinaryDense"})
KERAS = ("keras", "tf_keras", "tensorflow", "keras_core")


def identify(spec: Mapping[str, object]) -> tuple[str, str]:
    """(package, class name) from `class_name`, `registered_name` and `module`, else from the class itself."""
    kind = str(spec.get("class_name"))
    config = spec.get("config")
    registered = spec.get("registered_name")
    module = spec.get("module")
    for name in (kind, registered):
        if isinstance(name, str) and ">" in name:
            prefix, _, bare = name.rpartition(">")
            return prefix.strip().lower(), bare
    if isinstance(module, str):
        if re.match(r"keras\.(src\.)?ops\b", module):
            return "keras.ops", kind
        root = module.split(".")[0]
        if root in ("binloom", "larq"):
            return root, kind
    if kind in LARQ:
        return "larq", kind
    if kind in CBCNN and isinstance(config, dict) and "H" in config:
        return "cbcnn", kind
    if kind in CBCNN or (isinstance(module, str) and root not in KERAS):
        return root if isinstance(module, str) else "custom", kind
    return "keras", kind
