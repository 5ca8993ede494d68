"""The extreme learning machine: its algebra against plain NumPy, a run that is cut off against one that is not."""

import json

import keras
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import Dataset
from binloom.train.elm import ridge, tune
from binloom.train.elm.draw import draw
from binloom.train.elm.features import features_of, front_of
from binloom.train.elm.fit import whole
from binloom.train.elm.how import Elm
from binloom.train.elm.search import leave_one_out
from binloom.train.models.lbcnn import Lbcnn, lbcnn
from binloom.train.recipe import Recipe
from binloom.train.run import run


def plain(features: np.ndarray, labels: np.ndarray, classes: int, c: float) -> np.ndarray:
    """The regression as the formula says it, in float64."""
    rows = np.concatenate([features / 255, np.ones((len(features), 1))], axis=1)
    products = rows.T @ rows
    products += np.eye(len(products)) * np.trace(products) / len(products) / c
    return np.linalg.solve(products, rows.T @ ridge.targets_of(labels, classes))


def blobs(images: int, seed: int = 0, size: int = 8, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A bright square whose place tells the class, in noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    x = random.integers(0, 120, (images, size, size, 1), np.uint8)
    for image, label in zip(x, labels, strict=True):
        image[2 * label : 2 * label + 3, 1:6] += 100
    return x, labels


@pytest.fixture
def data() -> Dataset:
    x, y = blobs(240)
    return Dataset.of("blobs", {"x_train": x[:180], "y_train": y[:180], "x_test": x[180:], "y_test": y[180:]}, "here")


@pytest.mark.parametrize(("samples", "features"), [(400, 30), (20, 70)], ids=["primal", "dual"])
def test_both_forms_are_the_formula(samples, features, monkeypatch):
    monkeypatch.setattr(ridge, "BATCH", 64)
    monkeypatch.setattr(ridge, "GROUP", 128)
    monkeypatch.setattr(ridge, "STRIP", 8)
    random = np.random.default_rng(1)
    x, y = random.integers(-900, 900, (samples, features), np.int16), random.integers(0, 4, samples)
    expected = plain(x, y, 4, 50)
    # Products are float32.
    assert np.abs(ridge.solve(x, y, 4, 50) - expected).max() < 1e-5 * np.abs(expected).max()


def test_leaving_one_out_is_what_it_says():
    random = np.random.default_rng(2)
    x, y = random.integers(-900, 900, (25, 40), np.int16), random.integers(0, 3, 25)
    rows = np.concatenate([x / 255, np.ones((25, 1))], axis=1)
    strength = np.trace(rows @ rows.T) / 41 / 10
    missed, wrong = [], 0
    for left in range(25):
        kept = np.delete(np.arange(25), left)
        products = rows[kept].T @ rows[kept] + strength * np.eye(41)
        answer = rows[left] @ np.linalg.solve(products, rows[kept].T @ ridge.targets_of(y[kept], 3))
        missed.append(ridge.targets_of(y[[left]], 3)[0] - answer)
        wrong += answer.argmax() != y[left]
    found = leave_one_out(x, y, 3, 10)
    assert found[0] == wrong
    assert abs(found[1] - np.mean(np.square(missed))) < 1e-4


def test_the_authors_structure():
    model = lbcnn(40, 4)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["DepthwiseConv2D", "MaxPooling2D"] * 2 + ["Flatten", "Dense"]
    assert model.count_params() == 360 + 1440 + 78_410
    more = lbcnn(5, 2, nl=2)
    assert [type(layer).__name__ for layer in more.layers][:6] == [
        "DepthwiseConv2D", "ReLU", "DepthwiseConv2D", "ReLU", "DepthwiseConv2D", "MaxPooling2D",
    ]  # fmt: skip


def test_a_draw_is_of_ones_and_repeats():
    first, again, other = lbcnn(3, 2), lbcnn(3, 2), lbcnn(3, 2)
    draw(first, 5), draw(again, 5), draw(other, 6)
    kernels = [model.layers[2].get_weights()[0] for model in (first, again, other)]
    assert set(np.unique(kernels[0])) == {-1, 1}
    assert (kernels[0] == kernels[1]).all()
    assert (kernels[0] != kernels[2]).any()


def test_features_are_whole_numbers_and_widen_where_they_must():
    model = lbcnn(2, input_shape=(8, 8, 1))
    draw(model, 1)
    x, _ = blobs(3)
    seen = features_of(front_of(model), x)
    assert seen.dtype == np.int16
    assert (seen == np.asarray(front_of(model)(x.astype(np.float32)))).all()
    model.layers[0].set_weights([model.layers[0].get_weights()[0] * 1000])
    assert features_of(front_of(model), x).dtype == np.float32


@pytest.mark.parametrize("bits", [2, 8, 12])
def test_whole_numbers_use_their_bits(bits):
    random = np.random.default_rng(3)
    weights, biases = whole(random.normal(size=(50, 4)), random.normal(size=4), bits)
    assert np.abs(weights).max() == 2 ** (bits - 1) - 1
    assert (weights == np.rint(weights)).all()
    assert (biases == np.rint(biases)).all()


def recipe(**elm) -> Recipe:
    return Recipe("blobs", "blobs", Lbcnn((3, 2)), Elm(trials=2, bits=8, batch=40, **elm))


def test_a_run_is_right_in_keras_and_in_integers(data, tmp_path):
    trained = run(recipe(epochs=2), data, tmp_path / "run")
    assert trained.keras == trained.integers >= 55
    assert "**A quick run**" not in (tmp_path / "run" / "card.md").read_text()
    assert f"{trained.integers} of 60" in (tmp_path / "run" / "card.md").read_text()
    again = keras.models.load_model(trained.model, compile=False)
    assert set(np.unique(again.layers[0].get_weights()[0])) == {-1, 1}


def test_a_run_that_was_cut_off_ends_the_same(data, tmp_path, monkeypatch):
    whole_run = run(recipe(epochs=3), data, tmp_path / "whole").model
    finished = tune.Batches.__getitem__

    def breaks(self, index):
        if (tmp_path / "cut" / "history.jsonl").exists():
            raise KeyboardInterrupt
        return finished(self, index)

    monkeypatch.setattr(tune.Batches, "__getitem__", breaks)
    with pytest.raises(KeyboardInterrupt):
        run(recipe(epochs=3), data, tmp_path / "cut")
    assert not (tmp_path / "cut" / "model.h5").exists()
    monkeypatch.setattr(tune.Batches, "__getitem__", finished)
    cut = run(recipe(epochs=3), data, tmp_path / "cut").model
    for one, other in zip(
        *(keras.models.load_model(path, compile=False).weights for path in (whole_run, cut)), strict=True
    ):
        assert (np.asarray(one) == np.asarray(other)).all()
    history = [json.loads(line)["epoch"] for line in (tmp_path / "cut" / "history.jsonl").read_text().splitlines()]
    assert history == [1, 2, 3]


def test_a_folder_holds_one_run(data, tmp_path):
    folder = tmp_path / "run"
    run(recipe(), data, folder)
    with pytest.raises(InputError, match="holds a run of another recipe, data set or seed"):
        run(recipe(), data, folder, seed=2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds something else than a run"):
        run(recipe(), data, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
