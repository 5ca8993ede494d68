"""What a run shows of itself: a page, pictures and events, at each step of its life."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom.train import history, summary
from binloom.train.show import pictures
from binloom.train.show.confusion import matrix, worst
from binloom.train.show.curves import charts, round_ticks
from binloom.train.show.page import html
from binloom.train.show.told import About, Result, Told, keep
from binloom.train.show.watch import Watch

ABOUT = About(
    recipe="mine<1>",
    model="CBCNN: filters 8",
    how=(("stage 1", "4 epochs of Adam"), ("stage 2", "2 epochs; norm left as it was")),
    epochs=6,
    command="binloom train mine.toml --seed 3",
    data="mine",
    source="My own & others' images",
    images=(1_000, 30),
    shape=(8, 8, 1),
    whole=False,
    classes=("cat", "dog & <wolf>", "cow"),
    input="a pixel p is given as p / 255",
    seed=3,
    quick=False,
    versions={"binloom": "0.1.0"},
)
EPOCHS = [
    {"stage": "fit 1", "epoch": number, "loss": 2 / number, "accuracy": 1 - 0.5 / number, "seconds": 60.0}
    for number in (1, 2, 3, 4)
] + [
    {"stage": "fit 2", "epoch": 1, "loss": 0.4, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.8, "seconds": 60.0}
]
LABELS = np.repeat([0, 1, 2], [10, 15, 5])
FOUND = np.where(np.arange(30) % 5 == 0, (LABELS + 1) % 3, LABELS)


def result() -> Result:
    return Result.of(25, LABELS, FOUND, 3)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])


def begun(folder: Path, model: keras.Model, about: About = ABOUT) -> Path:
    keep(folder, about)
    keep(folder, summary(model, "icebreaker"))
    return folder


class Page(HTMLParser):
    """Its text, and that every element is closed and nothing comes from elsewhere."""

    VOID = ("meta", "br", "rect", "circle", "path")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == ["html"] or not self.open, self.open

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href"} & dict(attrs).keys(), "a page needs nothing else"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in ("td", "th", "tr", "p"):
            self.open.pop()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style",):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_nothing_begun(tmp_path):
    with pytest.raises(ValueError, match="holds no run"):
        Told.of(tmp_path)


def test_the_page_before_the_first_epoch(tmp_path, model):
    text = html(Told.of(begun(tmp_path, model)))
    page = Page(text)
    assert 'http-equiv="refresh"' in text
    assert "mine<1> CBCNN: filters 8. mine. Training no epoch is finished yet" in page.text
    assert "Curves" not in page.text
    assert "binloom train mine.toml --seed 3" in page.text
    assert "My own & others' images: 1,000 training and 30 test images of 8 x 8 x 1" in page.text
    assert "a pixel p is given as p / 255" in page.text


def test_the_page_while_it_trains(tmp_path, model):
    begun(tmp_path, model)
    history.write(tmp_path, EPOCHS)
    text = html(Told.of(tmp_path))
    page = Page(text)
    assert "Training fit 2: 5 of 6 epochs" in page.text
    assert f"width:{100 * 5 / 6:.1f}%" in text
    assert "80.00% validation accuracy" in page.text
    assert "training 90.00%" in page.text
    assert "5.0 min of training" in page.text
    assert text.count('class="band"') == 2 * 5
    assert (
        "epoch 5, fit 2 accuracy: 90.00% validation accuracy: 80.00% loss: 0.4 validation loss: 0.5 60.0 s" in page.text
    )


def test_the_page_in_the_end(tmp_path, model):
    begun(tmp_path, model)
    history.write(tmp_path, EPOCHS)
    keep(tmp_path, result())
    text = html(Told.of(tmp_path))
    page = Page(text)
    assert "refresh" not in text
    assert "80.00% of the test set right, in integers 24 of 30 images; 25 (83.33%) in Keras" in page.text
    assert "dog & <wolf> cow 3 20.00%" in page.text
    assert "icebreaker" in page.text
    assert "195" in page.text  # parameters
    assert "quick" not in page.text
    keep(tmp_path, replace(ABOUT, quick=True))
    assert "a quick run, whose accuracy says nothing" in Page(html(Told.of(tmp_path))).text


def test_trials_are_drawn(tmp_path, model):
    begun(tmp_path, model)
    with sqlite3.connect(tmp_path / "trials.sqlite") as book:
        book.execute("create table trials (seed integer primary key, wrong integer, error real)")
        book.executemany("insert into trials values (?, ?, ?)", [(1, 30, 0.1), (2, 20, 0.1), (3, 25, 0.2)])
    book.close()
    text = html(Told.of(tmp_path))
    assert re.search(r'class="best"[^>]*r="5"><title>trial 2: 20</title>', text)
    assert "3 trials" in Page(text).text


def test_nets_of_a_committee_follow_each_other(tmp_path, model):
    begun(tmp_path, model)
    for number in (1, 2):
        (tmp_path / f"member_{number}").mkdir()
        history.write(tmp_path / f"member_{number}", EPOCHS[:2])
    told = Told.of(tmp_path)
    assert [epoch["stage"] for epoch in told.epochs] == ["fit 1 1", "fit 1 1", "fit 1 2", "fit 1 2"]
    assert "Training fit 1 2: 4 of 6 epochs" in Page(html(told)).text


def test_what_was_told_is_what_is_there(tmp_path, model):
    begun(tmp_path, model)
    keep(tmp_path, result())
    told = Told.of(tmp_path)
    assert told.about == ABOUT
    assert told.summary == summary(model, "icebreaker")
    assert told.result == result()
    assert not [path for path in tmp_path.iterdir() if "draft" in path.name]


def test_confusion_by_hand():
    made = Result.of(2, np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 0, 2]), 3)
    assert made.confusion == ((1, 1, 0), (0, 1, 0), (2, 0, 1))
    assert (made.integers, made.total) == (3, 6)
    assert [(pair.true, pair.found, pair.count, pair.total) for pair in worst(made)] == [(2, 0, 2, 3), (0, 1, 1, 2)]


@pytest.mark.parametrize("count", [2, 10, 43, 100])
def test_the_matrix_has_a_cell_for_each_number(count):
    rng = np.random.default_rng(count)
    made = Result.of(0, rng.integers(0, count, 500), rng.integers(0, count, 500), count)
    text = matrix(made, [f"class {number}" for number in range(count)])
    Page(text)
    cells = sum(bool(number) for row in made.confusion for number in row)
    assert text.count("<title>") == cells
    assert len(re.findall(r'class="right"', text)) == sum(row[true] > 0 for true, row in enumerate(made.confusion))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (93.2, 99.1, (92, 94, 96, 98, 100)),
        (0.012, 0.0135, (0.012, 0.0125, 0.013, 0.0135)),
        (1, 30, (0, 10, 20, 30)),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert round_ticks(low, high) == pytest.approx(ticks)


def test_numbers_that_are_none_leave_a_gap():
    (loss,) = charts(
        [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": float("nan")}, {"epoch": 3, "loss": float("inf")}]
    )
    assert loss.lines[0].points == ((1, 1.0),)
    assert loss.ticks == (0.5, 1.0, 1.5)


def test_a_watch_shows_all_of_it(tmp_path, model):
    begun(tmp_path, model)
    with Watch(tmp_path) as watch:
        watch()
        assert not (tmp_path / "curves.png").exists()
        history.write(tmp_path, EPOCHS[:1])
        watch()
        history.write(tmp_path, EPOCHS)
        keep(tmp_path, result())
    assert "80.00% of the test set right" in (tmp_path / "run.html").read_text()
    for name in ("curves.png", "confusion.png"):
        assert (tmp_path / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not [path for path in tmp_path.iterdir() if "draft" in path.name]


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("cat", "Ωmega", r"$\ant$"), ["cat", "Ωmega", r"$\ant$"]),
        (("cat", "猫", "कुत्ता"), ["cat", "class 1", "class 2"]),
        (("\N{ZEBRA FACE}\N{VARIATION SELECTOR-16}", "cow" * 60, "c"), ["class 0", "cowcowcowcowcowco…", "c"]),
    ],
)
def test_pictures_have_letters_for_all_that_they_name(tmp_path, model, classes, told):
    begun(tmp_path, model, replace(ABOUT, classes=classes, recipe="猫の $x$"))
    history.write(tmp_path, EPOCHS)
    keep(tmp_path, result())
    assert pictures.written(classes) == told
    pictures.curves(Told.of(tmp_path), tmp_path / "curves.png")  # a warning of the font would be an error
    pictures.confusion(Told.of(tmp_path), tmp_path / "confusion.png")


def test_a_recipe_whose_name_is_no_formula(tmp_path, model):
    begun(tmp_path, model, replace(ABOUT, recipe=r"$\ant$"))
    history.write(tmp_path, EPOCHS)
    pictures.curves(Told.of(tmp_path), tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()


def test_events_hold_the_history_once(tmp_path, model):
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    begun(tmp_path, model)
    with Watch(tmp_path, tensorboard=True) as watch:
        history.write(tmp_path, EPOCHS[:2])
        watch()
    with Watch(tmp_path, tensorboard=True) as watch:
        history.write(tmp_path, EPOCHS)
        watch()
    events = loading.EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("accuracy/training")] == [
        (number, pytest.approx(epoch["accuracy"])) for number, epoch in enumerate(EPOCHS, 1)
    ]
    assert [event.step for event in events.Scalars("loss/validation")] == [5]
