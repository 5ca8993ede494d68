"""Recipes: those that ship can be read, and a slip of the pen is named."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import KNOWN
from binloom.train.elm.how import Elm
from binloom.train.families import FAMILIES, Cbcnn, Lbcnn, React
from binloom.train.fit import Fit, Stage
from binloom.train.limits import LIMITS, broken
from binloom.train.recipe import Recipe, names

DATA = 'data = "mnist"\n'
LBCNN = DATA + "[lbcnn]\nmultipliers = [4]\n"
CBCNN = DATA + "[cbcnn]\n"


@pytest.mark.parametrize("name", names())
def test_recipes_that_ship(name):
    recipe = Recipe.read(name)
    assert recipe.name == name
    assert recipe.data in KNOWN
    assert recipe.quick().model == recipe.model


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data = ", "is not TOML"),
        ("data = " + 5_000 * "[", "is not TOML"),
        ("data = " + 5_000 * "9", "is not TOML"),
        ("[lbcnn]\nmultipliers = [1]", "names no data"),
        (
            DATA + "seed = 3",
            r"no recipe has 'seed'; a recipe has data, one of \[lbcnn\], .*, and \[elm\] or \[\[fit\]\]",
        ),
        (DATA, r"has no model; give one of \[lbcnn\], \[cbcnn\]"),
        (DATA + "[lbcnn]\n[cbcnn]", r"has two models, \[lbcnn\] and \[cbcnn\]; give one of"),
        (DATA + "lbcnn = 3\n[elm]", r"\[lbcnn\] is no table; it has multipliers, nl, kernel"),
        (DATA + "[lbcnn]\n[elm]", r"\[lbcnn\] is not whole; it has multipliers"),
        (DATA + "[lbcnn]\nmultiplier = [40, 4]", r"\[lbcnn\] has no 'multiplier'; it has multipliers, nl"),
        (DATA + "[lbcnn]\nmultipliers = [40, 0]", r"multipliers is \[40, 0\]; give a list of whole numbers"),
        (LBCNN, r"does not say how to train; give one of \[elm\], \[fit\]"),
        (LBCNN + "[elm]\nepochs = 1.5", "epochs is 1.5; give a whole number"),
        (LBCNN + "[elm]\nc = 0", "c is 0; give a number above 0"),
        (LBCNN + "[elm]\nbits = 1", "bits is 1; give a whole number from 2 to 16"),
        (LBCNN + "[elm]\nbatch = 0", "batch is 0; give a whole number from 1 to 65,536"),
        (LBCNN + "[[fit]]\nepochs = 1", r"\[lbcnn\] is not trained by \[fit\]; \[lbcnn\] is trained by \[elm\]"),
        (CBCNN + "[elm]", r"\[cbcnn\] is not trained by \[elm\]; write a table \[\[fit\]\] for each stage"),
        (CBCNN + "[elm]\n[[fit]]\nepochs = 1", r"has two ways to train, \[elm\] and \[fit\]"),
        (CBCNN + "[fit]\nepochs = 1", r"fit is no list of tables; write a table \[\[fit\]\]"),
        ("fit = [3]\n" + CBCNN, r"\[\[fit\]\] 1 is no table; it has epochs, rate"),
        (CBCNN + "[[fit]]\nepochs = 1\n[[fit]]\nepoch = 1", r"\[\[fit\]\] 2 has no 'epoch'; it has epochs, rate"),
        (CBCNN + 'board = "up5k"', r"\[cbcnn\]: board is 'up5k'; name one of ulx3s-85f, "),
        (LBCNN + 'board = "icebreaker"', r"\[lbcnn\]: board is 'icebreaker'; leave it out"),
        (CBCNN + "[[fit]]\nrate = 0.1", r"\[\[fit\]\] 1 is not whole; it has epochs"),
        (CBCNN + "[[fit]]\nepochs = 0", "epochs is 0; give a whole number from 1 to 1,000,000"),
        (CBCNN + "[[fit]]\nepochs = 1\nrate = 0", "rate is 0; give a number above 0"),
        (CBCNN + "[[fit]]\nepochs = 1\nflips = 1", "flips is 1; give true or false"),
        (CBCNN + "[[fit]]\nepochs = 1\nfreeze = 'norm1'", "freeze is 'norm1'; give a list of texts"),
        (CBCNN + "[[fit]]\nepochs = 1\nzoom = 0.7", "zoom is 0.7; give a number from 0 to 0.5"),
        (LBCNN + "[elm]\nbits = -1", r"mine.toml: \[elm\]: bits is -1; give a whole number from 2 to 16"),
        (LBCNN + "[elm]\nsearch = 'far'", r"mine.toml: \[elm\]: search is 'far'; give one of random"),
        (LBCNN + "nl = 1000000", "nl is 1000000; give a whole number from 0 to 64"),
        (DATA + "[lbcnn]\nmultipliers = [100000000]", "give a list of whole numbers from 1 to 4,096"),
        (DATA + "[lbcnn]\nmultipliers = [500, 500]", "multipliers make 250,000 channels of each; give fewer"),
        (DATA + "[lbcnn]\nmultipliers = []", "multipliers is empty; give a list"),
        (CBCNN + "units = 0", r"\[cbcnn\]: units is 0; give a whole number from 1 to 8,192"),
        (DATA + "[vgg]\nplanes = 9", r"mine.toml: \[vgg\]: planes is 9; give one of 0, 1, "),
        (CBCNN + "width = 0", "width is 0; give a number above 0 and up to 4"),
        (CBCNN + "[[fit]]\nepochs = 1\nrate = nan", "rate is nan; give a number above 0"),
        (CBCNN + "[[fit]]\nepochs = 1\nturn = 1e30", r"\[\[fit\]\] 1: turn is 1e\+30; give a number from 0 to 180"),
        (CBCNN + "[[fit]]\nepochs = 1\npatience = 3", "patience has no images to look at; give validation"),
        (
            DATA + "[vgg]\nplane_filters = 8",
            r"mine.toml: \[vgg\]: plane_filters does nothing without planes; give planes, or leave plane_filters out",
        ),
        (LBCNN + f"nl = 0x{'f' * 5_000}", r"\[lbcnn\]: nl is a number of thousands of digits; give a whole number"),
        (LBCNN + "nonlinearity = 'relu'", r"\[lbcnn\]: nonlinearity does nothing without hidden; give hidden, or"),
        (
            DATA + "[binaryflex]\nratios = [1.0]\ncodes = 'mixed'",
            r"\[binaryflex\]: codes does nothing without ratios below 1; give ratios below 1, or leave codes out",
        ),
        (LBCNN + "[elm]\nsearch = 'climb'", r"\[elm\]: search does nothing without trials of 2 or more; give trials"),
        (LBCNN + "[elm]\njudges = 500", "judges does nothing without trials of 2 or more"),
        (LBCNN + "[elm]\nrate = 0.1", "rate does nothing without epochs; give epochs, or leave rate out"),
        (LBCNN + "[elm]\ndecay = 0.1", "decay does nothing without epochs"),
        (LBCNN + "[elm]\nbatch = 100", "batch does nothing without epochs"),
        (
            CBCNN + "[[fit]]\nepochs = 1\n[[fit]]\nepochs = 1\nclip = false",
            r"mine.toml: \[\[fit\]\] 2: clip does nothing, as no layer of this \[cbcnn\] clips sums; leave it out$",
        ),
        (
            DATA + "[vgg]\n[[fit]]\nepochs = 1\nclip = false",
            r"of this \[vgg\] clips sums; leave it out, or write clip = true under \[vgg\]$",
        ),
    ],
)
def test_slips(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        Recipe.read(str(path))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Elm(bits=1), "bits is 1; give a whole number from 2 to 16"),
        (lambda: Elm(trials=True), "trials is True; give a whole number"),
        (lambda: Elm(c=float("nan")), "c is nan; give a number above 0"),
        (lambda: Elm(search="far"), "search is 'far'; give one of random"),
        (lambda: Stage(0), "epochs is 0; give a whole number from 1 to"),
        (lambda: Stage(1, freeze="conv1"), "freeze is 'conv1'; give a list of texts"),
        (lambda: Stage(1, flips=1), "flips is 1; give true or false"),
        (lambda: Stage(1, patience=3), "patience has no images to look at"),
        (lambda: Fit(()), "a training by gradients has no stage; give one or more"),
        (lambda: Lbcnn(()), "multipliers is empty; give a list of whole numbers"),
        (lambda: Lbcnn((40, 0)), r"multipliers is \[40, 0\]; give a list of whole numbers from 1 to 4,096"),
        (lambda: Lbcnn([40.0]), r"multipliers is \[40.0\]; give a list of whole numbers"),
        (
            lambda: Recipe("mine", "mnist", Cbcnn(), Elm()),
            r"\[cbcnn\] is not trained by \[elm\]; write a table \[\[fit",
        ),
        (lambda: Recipe("mine", "mnist", Lbcnn((4,)), Fit((Stage(1),))), r"\[lbcnn\] is not trained by \[fit\]; \[lb"),
    ],
)
def test_what_is_made_in_python_is_held_to_the_same(make, message):
    with pytest.raises(InputError, match=f"^{message}"):
        make()


@pytest.mark.parametrize("family", FAMILIES.values())
def test_every_family_looks_at_its_numbers(family):
    needed = {"multipliers": (4,)} if family is Lbcnn else {}
    for key in fields(family):
        with pytest.raises(InputError, match=f"^{key.name} is {{}}; give "):
            family(**needed | {key.name: {}})


def test_a_board_stands_for_parameters_that_others_overrule(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(DATA + '[react]\nboard = "ulx3s-85f"\ndepth = 34\n[[fit]]\nepochs = 1')
    assert Recipe.read(str(path)).model == React(width=0.25, binary_stem=True, depth=34)


def test_a_name_that_is_none():
    known = ", ".join(names())
    assert {"lbcnn_mnist", "lbcnn_orl"} <= set(names())
    with pytest.raises(InputError, match=f"no recipe is called 'lbcnn_minst'; name one of {known}, or a .toml file"):
        Recipe.read("lbcnn_minst")


def test_every_number_has_limits_and_every_default_may_be_written():
    for table in (Elm, Stage, *FAMILIES.values()):
        for key in fields(table):
            if key.type in (int, float, float | None, tuple[int, ...], tuple[float, ...]):
                assert (key.name in LIMITS) != (key.name in ("depth", "planes")), (table, key.name)
            if key.default not in (MISSING, None):
                value = list(key.default) if isinstance(key.default, tuple) else key.default
                assert not broken(key, value), (table, key.name)
    assert {key.name for table in (Elm, Stage, *FAMILIES.values()) for key in fields(table)} >= set(LIMITS)


def test_recipes_of_the_documentation(tmp_path):
    path = tmp_path / "mine.toml"
    blocks = re.findall(
        r"```toml\n(.*?)```", (Path(__file__).parents[2] / "docs" / "training.md").read_text(), re.DOTALL
    )
    assert len(blocks) >= 2
    for block in blocks:
        path.write_text(block if "data =" in block else DATA + "[vgg]\nclip = true\n" + block)
        Recipe.read(str(path))


def test_what_is_off_may_be_written(tmp_path):
    path = tmp_path / "mine.toml"
    off = "shifts = 0\nturn = 0\nzoom = 0.0\ndecay = 0\nfreeze = []\nvalidation = 0\npatience = 0"
    path.write_text(CBCNN + "[[fit]]\nepochs = 1\n" + off)
    assert not Recipe.read(str(path)).how.stages[0].validation


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(InputError, match=r"nosuch\.toml does not exist; give a \.toml file"):
        Recipe.read(str(tmp_path / "nosuch.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match=r"folder\.toml cannot be read \(Is a directory\); give a \.toml file"):
        Recipe.read(str(tmp_path / "folder.toml"))
    with pytest.raises(InputError, match=r"l\.toml cannot be read \(File name too long\)"):
        Recipe.read(f"{'l' * 300}.toml")
    for name in ("l" * 300, "../recipes/lbcnn_mnist"):
        with pytest.raises(InputError, match=f"no recipe is called '{re.escape(name)}'"):
            Recipe.read(name)
