"""Layer graphs written by hand, as the reader would give them."""

import numpy as np

from binloom.compiler.layers import Layer, LayerGraph


def layer(kind, config=None, package="keras", name=None, inputs=None, **weights):
    """A layer of that class; weights by role, shapes standing for random values."""
    rng = np.random.default_rng(sum(map(ord, kind)))
    arrays = {
        role: rng.normal(size=given).astype(np.float32) if isinstance(given, tuple) else np.asarray(given, np.float32)
        for role, given in weights.items()
    }
    return Layer(name or kind.lower(), kind, package, config or {}, arrays, inputs or ())


def chain(shape, *layers, outputs=None):
    """The layers one after another, behind an input of that shape; a layer that names its inputs keeps them."""
    batch = {"batch_shape": [None, *(shape[2:] if shape[:2] == (1, 1) else shape)]}
    placed = [Layer("pixels", "InputLayer", "keras", batch, {}, ())]
    for each in layers:
        inputs = each.inputs or (placed[-1].name,)
        placed.append(Layer(each.name, each.kind, each.package, each.config, each.weights, inputs))
    return LayerGraph("net", tuple(placed), tuple(outputs or [placed[-1].name]), shape, "0" * 64, "keras3-h5")


def conv(filters=2, inputs=1, package="keras", kind="Conv2D", name="conv", **config):
    config = {"filters": filters, "kernel_size": [3, 3], "use_bias": False, **config}
    return layer(kind, config, package, name, kernel=(3, 3, inputs, filters))


def quant_conv(filters=2, inputs=1, name="quant", **config):
    config = {"kernel_quantizer": "ste_sign", **config}
    return conv(filters, inputs, "larq", "QuantConv2D", name, **config)


def bn(channels, name="bn", **config):
    return layer(
        "BatchNormalization",
        config,
        name=name,
        gamma=(channels,),
        beta=(channels,),
        moving_mean=(channels,),
        moving_variance=np.ones(channels),
    )
