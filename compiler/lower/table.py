"""The layer table: (package, class) to the function that lowers it, and what is said about classes known to be missing.

To add a layer: a function `(builder, layer, *inputs) -> Value` in the file of its theme, and its entry in that file's
`LAYERS`.
"""

from collections.abc import Callable

from binloom.compiler.layers import Layer
from binloom.compiler.lower import (
    activation,
    bit_planes,
    compression,
    convolution,
    dense,
    merge,
    normalization,
    ovsf,
    pooling,
    preprocessing,
    residual,
    shape,
)
from binloom.compiler.lower.builder import Builder, Value

THEMES = (
    convolution,
    ovsf,
    dense,
    normalization,
    pooling,
    activation,
    shape,
    merge,
    preprocessing,
    residual,
    bit_planes,
    compression,
)

TABLE: dict[tuple[str, str], Callable[..., Value]] = {
    entry: function for theme in THEMES for entry, function in theme.LAYERS.items()
}

# Class: (why not, what instead).
MISSING: dict[str, tuple[str, str]] = {
    "Permute": (
        "elements would have to be stored before they can change their order",
        "train with the axes in their final order",
    ),
    "Cropping2D": ("a stream cannot leave out pixels yet", "crop the images, or use a convolution without padding"),
    "Subtract": ("only Add and Concatenate join branches", "negate the weights of one branch and use Add"),
    "Multiply": ("only Add and Concatenate join branches", "use Add"),
    "Average": ("only Add and Concatenate join branches", "use Add"),
    "Maximum": ("only Add and Concatenate join branches", "use Add"),
    "Minimum": ("only Add and Concatenate join branches", "use Add"),
    "UpSampling2D": ("pixels are not repeated yet", "leave it out"),
    "Conv2DTranspose": ("transposed convolutions are not known", "use Conv2D"),
    "LayerNormalization": ("its mean depends on the image", "use BatchNormalization"),
    "GroupNormalization": ("its mean depends on the image", "use BatchNormalization"),
    "ELU": ("it is not piecewise linear", "use ReLU, LeakyReLU or PReLU"),
    "Lambda": ("its code is not part of the file", "use a layer that says what it does"),
}


def lower_layer(b: Builder, layer: Layer, inputs: list[Value]) -> Value:
    """The layer's entry of the table, applied; Refusal where there is none."""
    function = TABLE.get((layer.package, layer.kind))
    if function is None:
        b.fail(layer, *why_missing(layer))
    return function(b, layer, *inputs)


def why_missing(layer: Layer) -> tuple[str, str]:
    if layer.package == "keras" and layer.kind in MISSING:
        return MISSING[layer.kind]
    near = sorted({package for package, kind in TABLE if kind == layer.kind})
    if near:
        return (
            f"package {layer.package!r} has no such layer that binloom knows",
            f"the class is known from {', '.join(near)}",
        )
    return f"binloom does not know this class of package {layer.package!r}", "see the list of layers in docs/layers.md"
