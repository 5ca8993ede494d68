"""Algorithm 2 over a network: each normalisation becomes an int8 unit in its turn, frozen, and the rest goes on."""

import keras
import numpy as np
from keras import layers, ops

from binloom.sim import golden
from binloom.train.in_turn import quantised_in_turn
from binloom.train.layers import BinaryConv2D, BinaryDense, Clip, Int8BatchNormalization
from binloom.train.saving import save


def residual() -> keras.Model:
    image = keras.Input((8, 8, 1), name="pixels")
    x = layers.Rescaling(1 / 255, name="rescale")(image)
    x = BinaryConv2D(4, 3, padding="same", use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(name="norm1")(x)
    y = BinaryConv2D(4, 3, padding="same", use_bias=False, binary_input=True, name="conv")(x)
    y = layers.BatchNormalization(name="norm2")(Clip(name="clip")(y))
    x = layers.BatchNormalization(name="bound")(layers.Add(name="sum")([x, y]))
    return keras.Model(
        image, BinaryDense(3, binary_input=True, use_bias=False, name="classes")(layers.Flatten(name="flat")(x))
    )


def test_from_the_front_to_the_back(tmp_path):
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (64, 8, 8, 1), np.uint8)
    labels = (images.mean((1, 2, 3)) // 86).astype(np.int64)
    model, seen = residual(), []

    def fit(model: keras.Model) -> None:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=False)
        model.fit(images.astype(np.float32), labels, batch_size=32, epochs=1, verbose=0)

    def train(model: keras.Model, name: str) -> None:
        units = {layer.name: layer for layer in model.layers if isinstance(layer, Int8BatchNormalization)}
        seen.append((name, sorted(units)))
        frozen = {name: layer.get_weights() for name, layer in units.items()}
        before = model.get_layer("conv").get_weights()[0]
        fit(model)
        assert (model.get_layer("conv").get_weights()[0] != before).any()
        for name, values in frozen.items():
            for one, other in zip(values, units[name].get_weights(), strict=True):
                assert np.array_equal(one, other), name

    fit(model)
    made = quantised_in_turn(model, images, train)
    # The third is a bound: only signs read it.
    assert seen == [("norm1", ["norm1"]), ("norm2", ["norm1", "norm2"])]
    assert isinstance(made.get_layer("bound"), layers.BatchNormalization)
    assert not isinstance(made.get_layer("bound"), Int8BatchNormalization)
    graph = save(made, tmp_path / "made.h5")
    want = ops.convert_to_numpy(made(images.astype(np.float32), training=False))
    assert np.array_equal(golden.evaluate(graph, images.astype(np.int64)).logits, want)
