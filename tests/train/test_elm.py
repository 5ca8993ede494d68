"""The extreme learning machine: its algebra against plain NumPy, a run that is cut off against one that is not."""

import json

import keras
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import Dataset
from binloom.train.elm import ridge, tune
from binloom.train.elm.features import features_of
from binloom.train.elm.how import Elm
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.members import members
from binloom.train.elm.samples import Samples, gains_of
from binloom.train.elm.train import whole
from binloom.train.elm.vary import count, variants
from binloom.train.families import Lbcnn
from binloom.train.models.lbcnn import committee, lbcnn
from binloom.train.recipe import Recipe
from binloom.train.run import run
from tests.train.blobs import blobs, dataset


def plain(samples: Samples, c: float) -> np.ndarray:
    """The regression as the formula says it, in float64."""
    gains = np.ones(len(samples)) if samples.gains is None else samples.gains
    bias = np.full((len(samples), 1), samples.gains is None)
    rows = np.concatenate([samples.features * samples.unit, bias], axis=1) * gains[:, np.newaxis]
    products = rows.T @ rows
    products += np.eye(len(products)) * np.trace(products) / len(products) / c
    return np.linalg.solve(products, rows.T @ samples.targets())


@pytest.fixture
def data() -> Dataset:
    return dataset()


@pytest.mark.parametrize("gains", [False, True], ids=["as they are", "even"])
@pytest.mark.parametrize(("count", "features"), [(400, 30), (400, 31), (20, 70)], ids=["even", "odd", "dual"])
def test_both_forms_are_the_formula(count, features, gains, monkeypatch):
    monkeypatch.setattr(ridge, "BATCH", 64)
    monkeypatch.setattr(ridge, "GROUP", 128)
    monkeypatch.setattr(ridge, "STRIP", 8)
    monkeypatch.setattr(ridge, "COLUMNS", 16)
    random = np.random.default_rng(1)
    x, y = random.integers(-900, 900, (count, features), np.int16), random.integers(0, 4, count)
    samples = Samples(x, y, 4, 1 / 255, gains_of(x, 1 / 255) if gains else None)
    expected = plain(samples, 50)
    # Products are float32.
    assert np.abs(ridge.solve(samples, 50) - expected).max() < 1e-5 * np.abs(expected).max()


def test_gains_make_images_equal():
    x = np.random.default_rng(1).integers(-900, 900, (1_100, 7), np.int16)
    samples = Samples(x, np.zeros(1_100, np.int64), 1, 0.5, gains_of(x, 0.5))
    rows = samples.rows(np.arange(1_100))
    assert np.abs(np.square(rows[:, :-1]).mean(axis=1) - 1).max() < 1e-5
    assert not rows[:, -1].any()
    assert gains_of(np.zeros((1, 7), np.int16), 0.5) == [2]


def test_the_authors_structure():
    model = lbcnn(40, 4)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["DepthwiseConv2D", "MaxPooling2D"] * 2 + ["Flatten", "Dense"]
    assert model.count_params() == 360 + 1440 + 78_410
    more = lbcnn(5, 2, nl=2)
    assert [type(layer).__name__ for layer in more.layers][:6] == [
        "DepthwiseConv2D", "ReLU", "DepthwiseConv2D", "ReLU", "DepthwiseConv2D", "MaxPooling2D",
    ]  # fmt: skip


def test_features_are_whole_numbers_and_widen_where_they_must():
    model = lbcnn(2, input_shape=(8, 8, 1))
    Kernels.of(model).drawn(1).set(model)
    (member,), (x, _) = members(model), blobs(3)
    seen = features_of(member.front, x)
    assert seen.dtype == np.int16
    assert (seen == np.asarray(member.front(x.astype(np.float32)))).all()
    model.layers[0].set_weights([model.layers[0].get_weights()[0] * 1000])
    assert features_of(member.front, x).dtype == np.float32


@pytest.mark.parametrize("bits", [2, 8, 12])
def test_whole_numbers_use_their_bits(bits):
    random = np.random.default_rng(3)
    found = random.normal(size=(51, 4))
    weights, biases = whole(found, bits, np.abs(found[:-1]).max())
    assert np.abs(weights).max() == 2 ** (bits - 1) - 1
    assert (weights == np.rint(weights)).all()
    assert (biases == np.rint(biases)).all()


def test_images_that_are_made_of_others():
    x = np.arange(24, dtype=np.uint8).reshape(2, 3, 4, 1)
    made = list(variants(x, 1, mirror=True))
    assert len(made) == count(1, True) == 18
    assert (made[0] == x).all()
    assert (made[1] == x[:, :, ::-1]).all()
    down = [one for one in made if (one[:, 1:] == x[:, :-1]).all()]
    assert len(down) == 1
    assert (down[0][:, 0] == x[:, 0]).all()  # the edge is repeated
    (alone,) = variants(x, 0, mirror=False)
    assert (alone == x).all()


def recipe(multipliers=(3, 2), committee=1, **elm) -> Recipe:
    batch = {"batch": 40} if "epochs" in elm else {}
    return Recipe("blobs", "blobs", Lbcnn(multipliers, committee=committee), Elm(trials=2, bits=8, **batch, **elm))


@pytest.mark.parametrize("given", [{"even": True, "shifts": 1}, {"mirror": True, "epochs": 1, "decay": 0.1}])
def test_other_ways_to_train(given, data, tmp_path):
    trained = run(recipe(**given), data, tmp_path / "run")
    assert trained.keras == trained.integers >= 50


def test_a_committee_is_one_model_of_its_nets(data, tmp_path):
    trained = run(recipe(multipliers=(2, 1), committee=3), data, tmp_path / "run")
    assert trained.keras == trained.integers >= 50
    model = keras.models.load_model(trained.model, compile=False)
    nets = members(model)
    assert len(nets) == 3
    assert len({Kernels.of(net.front).digest() for net in nets}) == 3
    x = data.x_test.astype(np.float32)
    votes = sum(np.asarray(net.dense(net.front(x))) for net in nets)
    assert (votes.argmax(axis=-1) == np.asarray(model(x)).argmax(axis=-1)).all()
    assert max(np.abs(net.dense.get_weights()[0]).max() for net in nets) == 127
    with pytest.raises(ValueError, match="at least one net"):
        committee(0, 2)


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


def test_adam_that_diverges_stops(tmp_path):
    samples = Samples(np.ones((40, 3), np.int16), np.arange(40) % 2, 2, 1.0)
    with pytest.raises(
        InputError, match=r"\[elm\]: the loss is nan after 0 whole epochs, the training diverged; take a"
    ):
        tune.tune(np.full((4, 2), np.nan, np.float32), samples, Elm(epochs=2, batch=20), 1, tmp_path, lambda *_: None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (Elm(), "no feature of its training images tells classes apart; give other images"),
        (Elm(c=1e30), r"the regression on the features of its training images has no answer \(.*make c in the"),
    ],
)
def test_images_that_show_nothing(tmp_path, how, message):
    x, y = np.full((40, 8, 8, 1), 7, np.uint8), np.arange(40) % 2
    data = Dataset.of("flat", {"x_train": x, "y_train": y, "x_test": x, "y_test": y}, "flat.npz")
    with pytest.raises(InputError, match=rf"^flat\.npz: {message}"):
        run(Recipe("mine", "flat", Lbcnn(multipliers=(2,)), how), data, tmp_path / "run")
