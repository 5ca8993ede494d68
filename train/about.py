"""What is known of a run before it begins, in words for its page and its card."""

import sys
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import keras

from binloom.train.data import KNOWN, Dataset
from binloom.train.elm.members import members
from binloom.train.fit import Fit
from binloom.train.recipe import Recipe
from binloom.train.show.told import About

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
# Layers in front of all others that make of pixels what the network works on, and what they make of a pixel p.
FIRST = {
    "Luma": lambda config: "its brightness",
    "Equalise": lambda config: "its histogram equalised",
    "Standardise": lambda config: "standardised image by image",
    "BitPlanes": lambda config: f"its {config['planes']} highest bits",
    "Thermometer": lambda config: f"{config['levels']} levels passed or not",
}


def about(recipe: Recipe, data: Dataset, model: keras.Model, command: str, seed: int, quick: bool) -> About:
    """Of this recipe on these images, with the model as it is built for them."""
    known = KNOWN.get(data.name)
    how = recipe.how
    # Each net of a committee is trained by itself.
    epochs = sum(stage.epochs for stage in how.stages) if isinstance(how, Fit) else how.epochs * len(members(model))
    return About(
        recipe=recipe.name,
        model=recipe.model.about(),
        how=tuple(how.rows()),
        epochs=epochs,
        command=command,
        data=data.name,
        source=known.source if known else data.name,
        images=(len(data.x_train), len(data.x_test)),
        shape=data.shape,
        whole=known is not None and known.digest == data.digest(),
        classes=data.names,
        input=given(model, recipe.model.pixel),
        seed=seed,
        quick=quick,
        versions={"binloom": version("binloom"), "Keras": keras.__version__, **_backend()},
    )


def given(model: keras.Model, pixel: Fraction) -> str:
    """What becomes of a pixel before the first layer that is trained."""
    words = ["a pixel p is given as p" if pixel == 1 else f"a pixel p is given as {_times(pixel)}"]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling):
            words.append(f"{layer.name}: {_rescaled(layer)}")
        elif (kind := type(layer).__name__) in FIRST:
            words.append(f"{layer.name}: {FIRST[kind](layer.get_config())}")
        elif layer.weights:
            break
    return "; ".join(words)


def _rescaled(layer: Any) -> str:
    scale, offset = (Fraction(value).limit_denominator(65_536) for value in (layer.scale, layer.offset))
    return _times(scale) + (f" {'+' if offset > 0 else '-'} {abs(offset)}" if offset else "")


def _times(scale: Fraction) -> str:
    over = f" / {scale.denominator}" if scale.denominator > 1 else ""
    return f"{'' if scale.numerator == 1 else f'{scale.numerator} '}p{over}"


def _backend() -> dict[str, str]:
    name = keras.backend.backend()
    return {BACKENDS.get(name, name): sys.modules[name].__version__}
