"""The search for kernels: what a verdict is, that a climb's shortcut is exact, and a search that is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing, suppress
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import lapack

from binloom.compiler.errors import InputError
from binloom.train.data import Dataset
from binloom.train.elm import panels, set_aside
from binloom.train.elm import workers as elm_workers
from binloom.train.elm.features import features_through, features_with
from binloom.train.elm.how import SEARCHES, Elm
from binloom.train.elm.judge import Judges, Verdict
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.leave_out import LeaveOut, leave_out
from binloom.train.elm.members import members
from binloom.train.elm.ridge import kernel_of, products_of, solve
from binloom.train.elm.samples import targets_of
from binloom.train.elm.search import search
from binloom.train.elm.set_aside import SetAside, parted
from binloom.train.elm.trials import Trials, opened
from binloom.train.elm.workers import workers
from binloom.train.models import lbcnn


def front(*multipliers, nl=0, shape=(8, 8, 2), seed=1):
    """A front's JSON, and kernels for it."""
    (member,) = members(lbcnn(*multipliers, nl=nl, input_shape=shape))
    return member.front.to_json(), Kernels.of(member.front).drawn(seed)


def dataset(images=60, shape=(8, 8, 2), groups=1) -> Dataset:
    random = np.random.default_rng(5)
    labels = np.arange(images) // groups % 3
    x = random.integers(0, 120, (images, *shape), np.uint8)
    for image, label in zip(x, labels, strict=True):
        image[2 * label : 2 * label + 2] += 60
    arrays = {"x_train": x, "y_train": labels, "x_test": x[:9], "y_test": labels[:9]}
    if groups > 1:
        arrays["track_train"] = np.arange(images) // groups
    return Dataset.of("blobs", arrays, "here")


def judges(data=None, how=None, multipliers=(3, 2), nl=0) -> tuple[Judges, Kernels]:
    data, (config, kernels) = data or dataset(), front(*multipliers, nl=nl)
    return Judges.of(config, data, 1 / 255, how or Elm(trials=2, judges=40), 1), kernels


def test_a_draw_is_of_ones_and_repeats():
    _, kernels = front(3, 2)
    assert all(set(np.unique(layer)) == {-1, 1} for layer in kernels.layers)
    assert kernels.digest() == kernels.drawn(1).digest() != kernels.drawn(2).digest()
    assert [layer.shape for layer in kernels.layers] == [(3, 3, 6), (3, 3, 12)]
    assert kernels.drawn(2).unpacked(kernels.packed()).digest() == kernels.digest()


def test_a_change_is_of_one_kernel():
    _, kernels = front(3, 2)
    random = np.random.default_rng(1)
    for layer, output in kernels.places():
        differ = [
            (one != two).sum()
            for one, two in zip(kernels.layers, kernels.flipped((layer, output), random).layers, strict=True)
        ]
        assert sum(differ) == differ[layer] in (1, 2)


def test_a_child_has_whole_chains_of_either_parent():
    _, one = front(3, 2)
    two = one.drawn(7)
    child = one.crossed(two, np.random.default_rng(1))
    came = []
    for first in range(6):
        chain = [(0, first), (1, 2 * first), (1, 2 * first + 1)]
        from_one, from_two = (
            all((child.layers[at][..., index] == parent.layers[at][..., index]).all() for at, index in chain)
            for parent in (one, two)
        )
        assert from_one or from_two
        came.append(from_one)
    assert set(came) == {True, False}


@pytest.mark.parametrize("nl", [0, 2])
def test_a_kernel_has_a_part_in_its_features_and_in_no_others(nl):
    config, kernels = front(3, 2, nl=nl)
    images, random = dataset().x_train, np.random.default_rng(3)
    before = features_with(config, kernels, images).reshape(len(images), -1, 12)
    for layer, output in kernels.places():
        changed = kernels.flipped((layer, output), random)
        after = features_with(config, changed, images).reshape(before.shape)
        width = 12 // kernels.layers[layer].shape[-1]
        part = slice(output * width, (output + 1) * width)
        through = features_through(config, changed, (layer, output), images)
        assert (after[..., part].reshape(len(images), -1) == through).all()
        after[..., part] = before[..., part]
        assert (after == before).all()


def test_what_is_exchanged_is_exact():
    judged, kernels = judges()
    stand, random = judged.stand(kernels), np.random.default_rng(1)
    assert isinstance(stand, LeaveOut)
    for place in ((0, 4), (1, 7)):
        changed = kernels.flipped(place, random)
        there = judged.stand(changed)
        assert (stand.moved(place, changed).products == there.products).all()
        assert stand.changed(stand.rest(place), judged.through(changed, place)) == there.verdict()


def whole(half: panels.Panels, chosen: np.ndarray | None = None, more: float = 0.0) -> np.ndarray:
    """Both halves of a matrix, or of some of its rows and columns."""
    chosen = np.arange(half.size) if chosen is None else chosen
    lower, info = lapack.dtfttr(len(chosen), half.packed(chosen, more), uplo="L")
    assert not info
    return np.tril(lower) + np.tril(lower, -1).T


@given(st.integers(1, 23), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_panels_are_half_a_matrix(size, columns, seed):
    random = np.random.default_rng(seed)
    with patch.object(panels, "COLUMNS", columns):
        half = panels.Panels(size)
    matrix = random.integers(-9, 9, (size, size)).astype(np.float64)
    matrix += matrix.T
    half.add(np.tril(matrix).astype(np.float32))
    assert (half.diagonal() == np.diag(matrix)).all()
    chosen = np.sort(random.choice(size, random.integers(1, size + 1), replace=False))
    assert (whole(half, chosen, 3) == matrix[np.ix_(chosen, chosen)] + 3 * np.eye(len(chosen))).all()
    new = random.integers(-9, 9, (size, len(chosen))).astype(np.float64)
    new[chosen] += new[chosen].T
    matrix[:, chosen], matrix[chosen] = new, new.T
    half.exchange(chosen, new)
    assert (whole(half) == matrix).all()


@pytest.mark.parametrize("even", [False, True])
def test_what_is_set_aside(even, monkeypatch):
    monkeypatch.setattr(set_aside, "BATCH", 16)
    monkeypatch.setattr(set_aside, "GROUP", 48)
    monkeypatch.setattr(panels, "COLUMNS", 10)
    how = Elm(trials=2, judges=400, shifts=1, even=even)
    judged, kernels = judges(dataset(80, groups=2), how, multipliers=(2, 1))
    stand = judged.stand(kernels)
    assert isinstance(stand, SetAside)
    learnt, aside = parted(judged)
    assert len(aside) == 16
    assert aside.max() < judged.judged == 80
    assert len(learnt) == 64 * 9
    assert not np.isin(judged.groups[aside], judged.groups[learnt]).any()

    rows = stand.learnt.rows(slice(None)).astype(np.float64)
    products = whole(stand.products)
    assert np.abs(products - rows.T @ rows).max() < 1e-6 * np.abs(products).max()
    weights = solve(stand.learnt, how.c)
    told = stand.aside.rows(slice(None)) @ weights
    assert stand.verdict().wrong == (told.argmax(axis=1) != stand.aside.labels).sum()

    random = np.random.default_rng(1)
    for place in ((0, 1), (1, 3)):
        changed, rest = kernels.flipped(place, random), stand.rest(place)
        features = judged.through(changed, place)
        found, verdict = stand.weights(rest, features), stand.changed(rest, features)
        there = judged.stand(kernels).moved(place, changed)
        fresh = features_with(judged.front, changed, judged.images)
        assert (there.learnt.features == fresh[learnt]).all()
        assert (there.aside.features == fresh[aside]).all()
        rows = there.learnt.rows(slice(None)).astype(np.float64)
        products = whole(there.products)
        assert np.abs(products - rows.T @ rows).max() < 1e-6 * np.abs(products).max()
        assert np.abs(there.answers - rows.T @ there.learnt.targets()).max() < 1e-6 * np.abs(there.answers).max()
        products[np.diag_indices(len(products))] += rest.strength
        weights = np.linalg.solve(products, there.answers)
        assert np.abs(found - weights).max() < 1e-4 * np.abs(weights).max()
        told = there.aside.rows(slice(None)) @ weights
        assert verdict.wrong == (told.argmax(axis=1) != there.aside.labels).sum()
        assert abs(verdict.error - np.square(there.aside.targets() - told).mean()) < 1e-4


@pytest.mark.parametrize("gains", [False, True])
def test_leaving_out_is_what_it_says(gains):
    random = np.random.default_rng(2)
    x, y, groups = random.integers(-900, 900, (30, 40), np.int16), random.integers(0, 3, 30), np.arange(30) // 2 % 12
    targets, scale = targets_of(y, 3), random.uniform(0.5, 2, 30) if gains else None
    rows = np.concatenate([x / 255, np.ones((30, 1))], axis=1) if scale is None else x / 255 * scale[:, np.newaxis]
    strength = np.square(rows).sum() / 41 / 10
    missed = np.empty((30, 3))
    for group in range(12):
        kept = groups != group
        products = rows[kept].T @ rows[kept] + strength * np.eye(rows.shape[1])
        answers = rows[~kept] @ np.linalg.solve(products, rows[kept].T @ targets[kept])
        missed[~kept] = targets[~kept] - answers
    found = leave_out(kernel_of(products_of(x), 1 / 255, scale, 40, 10), targets, groups, 20)
    assert found.wrong == ((targets - missed)[:20].argmax(axis=1) != y[:20]).sum()
    assert abs(found.error - np.square(missed[:20]).mean()) < 1e-9


def test_judges_are_whole_groups_and_what_was_made_of_them():
    judged, _ = judges(dataset(groups=4), Elm(trials=2, judges=10, shifts=1))
    assert judged.judged == 12
    assert len(judged.labels) == 12 * 9
    assert np.unique(judged.groups[:12], return_counts=True)[1].tolist() == [4, 4, 4]
    assert (judged.groups == np.tile(judged.groups[:12], 9)).all()


@pytest.mark.parametrize("how", SEARCHES)
def test_a_search_finds_no_worse_than_it_began_with(how, tmp_path):
    judged, kernels = judges()
    told = []
    best = search(
        kernels, judged, Elm(trials=21, search=how), 1, tmp_path / "trials.sqlite", lambda *step: told.append(step)
    )
    assert told[-1] == ("trials of kernels", 21, 21)
    verdict = judged.judge(best)
    assert verdict <= judged.judge(kernels.drawn(1))
    with opened(tmp_path / "trials.sqlite") as book:
        rows = book.execute("select wrong, error, bits from trials order by wrong, error").fetchall()
    assert rows[0][:2] == (verdict.wrong, verdict.error)
    assert kernels.unpacked(rows[0][2]).digest() == best.digest()
    assert len(rows) <= 21


def test_one_trial_alone_is_a_draw(tmp_path):
    judged, kernels = judges()
    best = search(kernels, judged, Elm(), 6, tmp_path / "none.sqlite", lambda *step: None)
    assert best.digest() == kernels.drawn(6).digest()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow  # each process takes seconds to load Keras
@pytest.mark.parametrize("images", [60, 3_000], ids=["left out", "set aside"])  # features of these go through a file
def test_several_at_a_time_find_the_same(images, tmp_path):
    found = []
    for jobs in (1, 2):
        judged, kernels = judges(dataset(images), Elm(trials=2, judges=images), multipliers=(6, 4))
        book = tmp_path / f"{jobs}.sqlite"
        found.append(
            search(kernels, judged, Elm(trials=28, search="climb"), 1, book, lambda *step: None, jobs).digest()
        )
    assert found[0] == found[1]
    rows = []
    for jobs in (1, 2):
        with closing(sqlite3.connect(tmp_path / f"{jobs}.sqlite")) as book:
            rows.append(book.execute("select kernels, wrong, error from trials order by 1").fetchall())
    assert rows[0] == rows[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of dask's own
def test_a_cluster_finds_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    judged, kernels = judges()
    how, found = Elm(trials=12, search="climb"), []
    found.append(search(kernels, judged, how, 1, tmp_path / "here.sqlite", lambda *step: None).digest())
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    try:
        with workers(cluster.scheduler_address):
            found.append(search(kernels, judged, how, 1, tmp_path / "there.sqlite", lambda *step: None, -1).digest())
    finally:
        with suppress(TimeoutError):  # a busy machine: its worker is killed in the end
            cluster.close()
    assert found[0] == found[1]


def test_a_cluster_that_does_not_answer(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(elm_workers, "TIMEOUT", 0.2)
    refused = pytest.raises(InputError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9 \(")
    with refused, workers("tcp://127.0.0.1:9"):
        pass


KILLED = """
    import sys, time
    from pathlib import Path
    from tests.train.test_elm_search import judges
    from binloom.train.elm import trials
    from binloom.train.elm.how import Elm
    from binloom.train.elm.search import search

    timed = trials._timed
    def slowly(*given):
        time.sleep(float(sys.argv[3]))
        return timed(*given)
    trials._timed = slowly
    judged, kernels = judges()
    how = Elm(trials=25, search=sys.argv[2])
    print(search(kernels, judged, how, 1, Path(sys.argv[1]), lambda *step: None).digest())
"""


@pytest.mark.parametrize("how", ["climb", pytest.param("genetic", marks=pytest.mark.slow)])
def test_a_search_that_is_killed_ends_the_same(how, tmp_path):
    def start(book, pause):
        code = [sys.executable, "-c", textwrap.dedent(KILLED), str(book), how, str(pause)]
        return subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def count(book) -> int:
        try:
            with closing(sqlite3.connect(book)) as known:
                return known.execute("select count(*) from trials").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    judged, kernels = judges()
    whole = search(kernels, judged, Elm(trials=25, search=how), 1, tmp_path / "whole.sqlite", lambda *step: None)
    until = time.monotonic() + 300
    with start(tmp_path / "cut.sqlite", 0.1) as killed:
        while count(tmp_path / "cut.sqlite") < 11 and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(killed.pid, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert 11 <= count(tmp_path / "cut.sqlite") < 25
    with start(tmp_path / "cut.sqlite", 0) as again:
        assert again.communicate()[0].strip() == whole.digest()
    assert count(tmp_path / "cut.sqlite") == count(tmp_path / "whole.sqlite")


def test_a_trial_that_is_known_is_not_made_again(tmp_path):
    _, kernels = front(2)
    made = []

    def judge(one):
        made.append(one.digest())
        return Verdict(len(made), 0.5)

    with opened(tmp_path / "trials.sqlite") as book:
        trials = Trials(book)
        assert trials.run(judge, [(kernels, ()), (kernels.drawn(2), ()), (kernels, ())]) == [
            Verdict(1, 0.5),
            Verdict(2, 0.5),
            Verdict(1, 0.5),
        ]
        assert trials.run(judge, [(kernels.drawn(2), ())]) == [Verdict(2, 0.5)]
        assert trials.done == 4
    assert len(made) == 2


def test_a_file_that_holds_no_trials(tmp_path):
    path = tmp_path / "trials.sqlite"
    path.write_text("dear diary, today I was mistaken for a database " * 9)
    with pytest.raises(InputError, match=r"trials\.sqlite holds no trials"), opened(path):
        pass
