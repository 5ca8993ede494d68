"""Training by gradients: what an epoch is made of, stages, early stop, a run that is killed and one that is not."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import keras
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.train import history
from binloom.train.data import Dataset
from binloom.train.families import Cbcnn
from binloom.train.fit import Fit, Stage, batches
from binloom.train.fit.augment import augmented
from binloom.train.fit.checkpoint import Checkpoint
from binloom.train.fit.parts import set_up
from binloom.train.fit.train import Mean, train
from binloom.train.layers import Clip
from binloom.train.recipe import Recipe
from binloom.train.run import run, share
from binloom.train.summarise import Row, Summary
from tests.train.blobs import arrays, dataset

SMALL = Cbcnn(filters=(8, 8), units=8)
TOML = """\
data = "blobs"
[cbcnn]
filters = [8, 8]
units = 8
[[fit]]
epochs = 3
rate = 0.01
batch = 30
shifts = 1
[[fit]]
epochs = 40
rate = 0.005
batch = 30
"""


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset()


def weights_of(path) -> list[np.ndarray]:
    return keras.models.load_model(path, compile=False).get_weights()


def test_an_epoch_is_its_key_and_nothing_else(data):
    stage, rows = Stage(1, batch=50, shifts=2, turn=10.0, zoom=0.1, flips=True), np.arange(0, 180, 1)
    one, again, other = (list(batches.epoch(data, rows, stage, key)) for key in ((1, 0, 3), (1, 0, 3), (1, 0, 4)))
    assert len(one) == batches.count(180, stage) == 3
    for (x, y), (x_again, y_again) in zip(one, again, strict=True):
        assert (x == x_again).all()
        assert (y == y_again).all()
    assert any((y != y_other).any() for (_, y), (_, y_other) in zip(one, other, strict=True))


def test_every_image_comes_once_with_its_label(data):
    seen = list(batches.epoch(data, np.arange(180), Stage(1, batch=60), (1, 0, 0)))
    pairs = {(x[i].tobytes(), int(y[i])) for x, y in seen for i in range(len(y))}
    assert pairs == {(x.astype(np.float32).tobytes(), int(y)) for x, y in zip(data.x_train, data.y_train, strict=True)}


def test_what_is_set_aside_is_the_same_in_every_stage(data):
    learnt, aside = batches.split(data, Stage(1, validation=0.25), 1)
    assert len(aside) == 45
    assert sorted([*learnt, *aside]) == list(range(180))
    assert (batches.split(data, Stage(9, validation=0.25, rate=1.0), 1)[1] == aside).all()
    assert (batches.split(data, Stage(1, validation=0.25), 2)[1] != aside).any()
    assert len(batches.split(data, Stage(1), 1)[1]) == 0
    pairs = replace(data, groups=np.arange(180) // 2)
    learnt, aside = batches.split(pairs, Stage(1, validation=0.25), 1)
    assert not set(learnt // 2) & set(aside // 2)


def test_shifts_move_whole_pixels_and_go_on_at_the_edge():
    image = np.arange(25, dtype=np.uint8).reshape(1, 5, 5, 1)
    found = augmented(np.repeat(image, 200, axis=0), Stage(1, shifts=1), np.random.default_rng(1))
    padded = np.pad(image[0, :, :, 0], 1, mode="edge")
    possible = {padded[y : y + 5, x : x + 5].tobytes() for y in range(3) for x in range(3)}
    assert {each.tobytes() for each in found} == possible


def test_flips_mirror_left_to_right():
    image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3, 1)
    found = augmented(np.repeat(image, 50, axis=0), Stage(1, flips=True), np.random.default_rng(1))
    assert {each.tobytes() for each in found} == {image.tobytes(), image[:, :, ::-1].tobytes()}


def test_turning_and_zooming_keep_the_middle_and_a_level_image():
    level = np.full((40, 9, 9, 2), 77, np.uint8)
    stage = Stage(1, turn=30.0, zoom=0.3)
    assert (augmented(level, stage, np.random.default_rng(1)) == 77).all()
    spot = np.zeros((40, 9, 9, 1), np.uint8)
    spot[:, 4, 4] = 200
    found = augmented(spot, stage, np.random.default_rng(1))
    assert (found[:, 4, 4] == 200).all()
    assert found.dtype == np.uint8
    ramp = np.broadcast_to(np.arange(0, 90, 10, dtype=np.uint8)[:, None, None], (40, 9, 9, 1))
    turned = augmented(ramp, Stage(1, turn=90.0), np.random.default_rng(1))
    assert (turned != ramp).any()


def test_frozen_layers_stay_and_clips_open_and_close(data, tmp_path):
    image = keras.Input((8, 8, 1))
    x = keras.layers.Dense(3, name="first")(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(3, name="second")(Clip(-1, 1, name="clip")(x)))
    before = {layer.name: layer.get_weights() for layer in model.layers}
    stage = Stage(1, batch=60, freeze=("fi*",), clip=False)
    with set_up(model, stage):
        assert not model.get_layer("first").trainable
        assert np.isinf(model.get_layer("clip").hi)
    train(model, data, Fit((stage,)), 1, tmp_path, lambda *_: None)
    assert (model.get_layer("first").get_weights()[0] == before["first"][0]).all()
    assert (model.get_layer("second").get_weights()[0] != before["second"][0]).any()
    assert model.get_layer("first").trainable
    assert (model.get_layer("clip").lo, model.get_layer("clip").hi) == (-1, 1)
    with pytest.raises(InputError, match=r"no layer with weights is called 'third'; name one of first, second"):
        train(model, data, Fit((Stage(1, freeze=("third",)),)), 1, tmp_path / "other", lambda *_: None)


def test_early_stop_ends_with_the_best_weights(data, tmp_path):
    keras.utils.set_random_seed(1)
    model = SMALL.build(data.shape, data.classes)
    how = Fit((Stage(60, rate=0.2, batch=30, validation=0.25, patience=2),))
    train(model, data, how, 1, tmp_path, lambda *_: None)
    losses = [line["val_loss"] for line in history.read(tmp_path)]
    best = int(np.argmin(losses))
    assert best + 1 + 2 == len(losses) < 60
    _, aside = batches.split(data, how.stages[0], 1)
    logits = keras.ops.convert_to_numpy(model(data.x_train[aside].astype(np.float32)))
    odds = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert -odds[np.arange(len(aside)), data.y_train[aside]].mean() == pytest.approx(losses[best], rel=1e-4)


def test_figures_are_means_over_all_images():
    mean = Mean()
    mean.add({"loss": 1.0, "accuracy": 0.5}, 30)
    mean.add({"loss": 4.0, "accuracy": 0.0}, 10)
    assert mean.told("val_") == {"val_loss": 1.75, "val_accuracy": 0.375}
    assert Mean().told() == {}


def test_a_run_is_the_same_in_keras_and_in_integers(data, tmp_path):
    recipe = Recipe("mine", "blobs", SMALL, Fit((Stage(6, rate=0.02, batch=30),)))
    trained = run(recipe, data, tmp_path)
    assert trained.keras == trained.integers >= 50
    lines = history.read(tmp_path)
    assert [(line["stage"], line["epoch"]) for line in lines] == [("fit 1", epoch) for epoch in range(1, 7)]
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert "6 epochs of Adam from 0.02" in (tmp_path / "card.md").read_text()
    with pytest.raises(InputError, match="holds a run of another recipe, data set or seed"):
        run(replace(recipe, model=Cbcnn(filters=(8,), units=8)), data, tmp_path)


@pytest.mark.parametrize(("macs", "images"), [(0, 2000), (50_000_000, 2000), (100_000_000, 1000), (10**9, 500)])
def test_a_quick_run_takes_fewer_images_of_a_larger_model(macs, images):
    rows = (Row("conv", "BinaryConv2D", None, (1, 0), (macs // 2, macs // 2), 1),)
    assert share(Summary("large", rows)) == (images, images // 4)


def test_a_size_that_cannot_be_built_is_named(data, tmp_path):
    recipe = Recipe("mine", "blobs", Cbcnn(filters=(4,) * 5), Fit((Stage(1),)))
    with pytest.raises(InputError, match=r"mine: no such CBCNN can be built on images of 8 x 8 x 1 \(.*change its"):
        run(recipe, data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Stage(1, freeze=("nolayer",)), "no layer with weights is called 'nolayer'"),
        (Stage(1, freeze=("pool1",)), "no layer with weights is called 'pool1'; name one of conv1, norm1"),
        (Stage(1, shifts=100), r"\[\[fit\]\] 2: shifts is 100, and images are 8 x 8; give less than 8"),
        (Stage(1, validation=0.001), r"\[\[fit\]\] 2: validation is 0.001, which sets none of 180 images aside"),
    ],
)
def test_all_stages_are_looked_at_before_the_first(data, tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        run(Recipe("mine", "blobs", SMALL, Fit((Stage(1), wrong))), data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_training_that_diverges_stops(data, tmp_path):
    model = SMALL.build(data.shape, data.classes)
    stages = Stage(1, batch=30), Stage(3, rate=1e30, batch=30)
    with pytest.raises(InputError, match=r"stage 2 of 2: the loss is .*, the training diverged; take a lower rate"):
        train(model, data, Fit(stages), 1, tmp_path, lambda *_: None)
    kept = Checkpoint.read(tmp_path)
    assert kept.stage == 1
    assert all(np.isfinite(each).all() for each in kept.weights)


def test_a_run_killed_with_9_ends_the_same(data, tmp_path):
    """Killed as hard as can be, in the middle of its second stage, and started again."""
    np.savez(tmp_path / "set.npz", **arrays())
    (tmp_path / "mine.toml").write_text(TOML)
    recipe, folder = Recipe.read(str(tmp_path / "mine.toml")), tmp_path / "killed"
    command = [sys.executable, "-m", "binloom", "train", str(tmp_path / "mine.toml")]
    command += ["--data", str(tmp_path / "set.npz"), "-o", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while len(history.read(folder)) < 6 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert 6 <= len(history.read(folder)) < 43
    assert not (folder / "model.h5").exists()
    left = Checkpoint.read(folder)
    assert (left.stage, left.epoch) >= (1, 3)
    killed, whole = run(recipe, data, folder), run(recipe, data, tmp_path / "whole")
    for one, other in zip(weights_of(killed.model), weights_of(whole.model), strict=True):
        assert (one == other).all()
    told = [
        [(line["stage"], line["epoch"], line["loss"]) for line in history.read(each)]
        for each in (folder, tmp_path / "whole")
    ]
    assert told[0] == told[1]
    assert [json.loads(line)["epoch"] for line in (folder / history.NAME).read_text().splitlines()] == [
        *range(1, 4),
        *range(1, 41),
    ]
