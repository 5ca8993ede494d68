"""The nets of a committee: each is kernels, pools, perhaps a hidden layer, and a dense layer, over the same images;
their logits are added up."""

from dataclasses import dataclass

import keras

from binloom.train.models.hidden import STEPS

PIXEL = 1 / 255  # what a step of a feature counts, where kernels are -1 and +1 and a pixel p is given as p / 255


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """The layers in front of the first dense layer, which is the last or `hidden`; and the last. `seen` is all that is
    in front of that, and gives whole numbers, of which one counts `unit`. Layers are shared with the whole model."""

    front: keras.Model
    dense: keras.layers.Dense
    seen: keras.Model
    hidden: keras.layers.Dense | None = None
    unit: float = PIXEL


def members(model: keras.Model) -> list[Member]:
    """One for each dense layer that is trained: an LB-CNN has one."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense) and layer.trainable]
    return [_member(model, layer) for layer in dense]


def _member(model: keras.Model, dense: keras.layers.Dense) -> Member:
    through = keras.Model(model.inputs, dense.input).layers
    (hidden,) = [layer for layer in through if isinstance(layer, keras.layers.Dense)] or [None]
    if hidden is None:
        front = _front(model, dense)
        return Member(front, dense, front)
    seen = keras.Model(model.input, keras.layers.Rescaling(STEPS)(dense.input))
    return Member(_front(model, hidden), dense, seen, hidden, 1 / STEPS)


def _front(model: keras.Model, dense: keras.layers.Dense) -> keras.Model:
    through = keras.Model(model.inputs, dense.input).layers
    layers = [layer for layer in through if not isinstance(layer, keras.layers.InputLayer)]
    return keras.Sequential([keras.Input(model.input_shape[1:]), *layers])
