"""Shipped networks of bits that were trained by gradients: what their recipes build, and as good as their cards say."""

from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim import golden
from binloom.train.data import KNOWN, load
from binloom.train.recipe import Recipe
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent
TRAINED = {  # parameters; the CBCNNs' are those of the paper
    "cbcnn_mnist": 480_404,
    "cbcnn_fashion": 480_404,
    "cbcnn_gtsrb": 587_222,
    "vgg_quarter_cifar10_planes4": 315_060,
}


def graph_of(name: str):
    return run_passes(lower(read_model(ZOO / f"{name}.h5")))


@pytest.mark.parametrize("name", TRAINED)
def test_it_is_what_its_recipe_builds(name):
    recipe = Recipe.read(name)
    known = KNOWN[recipe.data]
    model = keras.models.load_model(ZOO / f"{name}.h5", compile=False)
    built = recipe.model.build(known.shape, known.classes)
    assert [layer.get_config() for layer in model.layers] == [layer.get_config() for layer in built.layers]
    assert sum(weight.shape.num_elements() for weight in built.trainable_weights) == TRAINED[name]
    names = ("input_filters", "conv", "dense")
    kernels = [layer.get_weights()[0] for layer in model.layers if layer.name.startswith(names)]
    assert all((np.abs(kernel) == 1).all() for kernel in kernels)
    card = (ZOO / f"{name}.md").read_text()
    assert f"{TRAINED[name]:,} trained parameters" in card
    assert f"{sum(kernel.size for kernel in kernels):,} weights of 1 bit" in card
    assert f"binloom train {name} --seed 1" in card
    assert (ZOO / f"{name}.h5").stat().st_size < 400_000


def in_float64(name: str, images: np.ndarray) -> np.ndarray:
    """Logits of Keras where nothing is rounded that counts."""
    model, recipe = keras.models.load_model(ZOO / f"{name}.h5", compile=False), Recipe.read(name)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        exact = recipe.model.build(model.input_shape[1:], model.output_shape[-1])
    finally:
        keras.config.set_dtype_policy(before)
    exact.set_weights(model.get_weights())
    return exact.predict(images.astype(np.float64), batch_size=500, verbose=0)


def test_golden_gives_the_classes_of_keras():
    images = np.load(ZOO / "fashion_images.npz")["x_test"][:60]
    (got,) = run(graph_of("cbcnn_fashion"), images).values()
    want = in_float64("cbcnn_fashion", images)
    assert (got.reshape(want.shape).argmax(-1) == want.argmax(-1)).all()


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("name", TRAINED)
def test_the_card_is_true_of_the_whole_test_set(name):
    data, card = load(Recipe.read(name).data), (ZOO / f"{name}.md").read_text()
    model = keras.models.load_model(ZOO / f"{name}.h5", compile=False)
    kept = model.predict(data.x_test.astype(np.float32), batch_size=500, verbose=0).argmax(-1)
    got = golden.evaluate(graph_of(name), data.x_test.astype(np.int64)).classes
    assert (got == in_float64(name, data.x_test).argmax(-1)).all()
    for what, classes in (("Keras (float32)", kept), ("golden (integers)", got)):
        right, total = int((classes == data.y_test).sum()), len(classes)
        assert f"| {what} | {right:,} of {total:,} ({100 * right / total:.2f}%) |" in card
