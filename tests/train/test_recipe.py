"""Recipes: those that ship can be read, and a slip of the pen is named."""

import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import KNOWN
from binloom.train.models import React
from binloom.train.recipe import Recipe, names

DATA = 'data = "mnist"\n'
LBCNN = DATA + "[lbcnn]\nmultipliers = [4]\n"
CBCNN = DATA + "[cbcnn]\n"


@pytest.mark.parametrize("name", names())
def test_recipes_that_ship(name):
    recipe = Recipe.read(name)
    assert recipe.name == name
    assert recipe.data in KNOWN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data = ", "is not TOML"),
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
        (LBCNN + "[elm]\nbatch = 0", "batch is 0; give a whole number from 1 up"),
        (LBCNN + "[[fit]]\nepochs = 1", r"\[lbcnn\] is not trained by \[fit\]; \[lbcnn\] is trained by \[elm\]"),
        (CBCNN + "[elm]", r"\[cbcnn\] is not trained by \[elm\]; write a table \[\[fit\]\] for each stage"),
        (CBCNN + "[elm]\n[[fit]]\nepochs = 1", r"has two ways to train, \[elm\] and \[fit\]"),
        (CBCNN + "[fit]\nepochs = 1", r"fit is no list of tables; write a table \[\[fit\]\]"),
        ("fit = [3]\n" + CBCNN, r"\[\[fit\]\] 1 is no table; it has epochs, rate"),
        (CBCNN + "[[fit]]\nepochs = 1\n[[fit]]\nepoch = 1", r"\[\[fit\]\] 2 has no 'epoch'; it has epochs, rate"),
        (CBCNN + 'board = "up5k"', r"\[cbcnn\]: board is 'up5k'; name one of ulx3s-85f, "),
        (LBCNN + 'board = "icebreaker"', r"\[lbcnn\]: board is 'icebreaker'; leave it out"),
        (CBCNN + "[[fit]]\nrate = 0.1", r"\[\[fit\]\] 1 is not whole; it has epochs"),
        (CBCNN + "[[fit]]\nepochs = 0", "epochs is 0; give a whole number from 1 up"),
        (CBCNN + "[[fit]]\nepochs = 1\nrate = 0", "rate is 0; give a number above 0"),
        (CBCNN + "[[fit]]\nepochs = 1\nflips = 1", "flips is 1; give true or false"),
        (CBCNN + "[[fit]]\nepochs = 1\nfreeze = 'norm1'", "freeze is 'norm1'; give a list of texts"),
        (CBCNN + "[[fit]]\nepochs = 1\nzoom = 0.7", "zoom is 0.7; give a number above 0 and up to 0.5"),
        (CBCNN + "[[fit]]\nepochs = 1\npatience = 3", "patience has no images to look at; give validation"),
    ],
)
def test_slips(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        Recipe.read(str(path))


def test_a_board_stands_for_parameters_that_others_overrule(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(DATA + '[react]\nboard = "ulx3s-85f"\ndepth = 34\n[[fit]]\nepochs = 1')
    assert Recipe.read(str(path)).model == React(width=0.25, binary_stem=True, depth=34)


def test_a_name_that_is_none():
    known = ", ".join(names())
    assert {"lbcnn_mnist", "lbcnn_orl"} <= set(names())
    with pytest.raises(InputError, match=f"no recipe is called 'lbcnn_minst'; name one of {known}, or a .toml file"):
        Recipe.read("lbcnn_minst")
