"""Recipes: those that ship can be read, and a slip of the pen is named."""

import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import KNOWN
from binloom.train.recipe import Recipe, names


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
        ('data = "mnist"\nseed = 3', "no recipe has 'seed'; a recipe has data"),
        ('data = "mnist"\nlbcnn = 3', r"\[lbcnn\] is no table; it has multipliers, nl, kernel"),
        ('data = "mnist"', r"\[lbcnn\] is not whole; it has multipliers"),
        ('data = "mnist"\n[lbcnn]\nmultiplier = [40, 4]', r"\[lbcnn\] has no 'multiplier'; it has multipliers, nl"),
        ('data = "mnist"\n[lbcnn]\nmultipliers = [40, 0]', r"multipliers is \[40, 0\]; give a list of whole numbers"),
        ('data = "mnist"\n[lbcnn]\nmultipliers = [4]\n[elm]\nepochs = 1.5', "epochs is 1.5; give a whole number"),
        ('data = "mnist"\n[lbcnn]\nmultipliers = [4]\n[elm]\nc = 0', "c is 0; give a number above 0"),
        ('data = "mnist"\n[lbcnn]\nmultipliers = [4]\n[elm]\nbits = 1', "bits is 1; give a whole number from 2 to 16"),
        ('data = "mnist"\n[lbcnn]\nmultipliers = [4]\n[elm]\nbatch = 0', "batch is 0; give a whole number from 1 up"),
    ],
)
def test_slips(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        Recipe.read(str(path))


def test_a_name_that_is_none():
    known = ", ".join(names())
    assert {"lbcnn_mnist", "lbcnn_orl"} <= set(names())
    with pytest.raises(InputError, match=f"no recipe is called 'lbcnn_minst'; name one of {known}, or a .toml file"):
        Recipe.read("lbcnn_minst")
