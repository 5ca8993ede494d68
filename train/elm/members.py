"""The nets of a committee: each is kernels, pools and a dense layer, over the same images; their logits are added
up."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """The layers in front of a dense layer, shared with the whole model, and the dense layer."""

    front: keras.Model
    dense: keras.layers.Dense


def members(model: keras.Model) -> list[Member]:
    """One for each dense layer: an LB-CNN has one."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return [Member(_front(model, layer), layer) for layer in dense]


def _front(model: keras.Model, dense: keras.layers.Dense) -> keras.Model:
    through = keras.Model(model.inputs, dense.input).layers
    layers = [layer for layer in through if not isinstance(layer, keras.layers.InputLayer)]
    return keras.Sequential([keras.Input(model.input_shape[1:]), *layers])
