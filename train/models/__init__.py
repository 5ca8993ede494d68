"""Whole networks of the papers as Keras models, a family a file; width, input and classes by parameter.

`MODELS` are the families that a recipe can name, each a table of parameters.
"""

from collections.abc import Mapping

from binloom.train.models.architecture import Architecture
from binloom.train.models.binaryflex import binaryflex, flex_module
from binloom.train.models.bireal import bireal, bireal18, bireal34
from binloom.train.models.cbcnn import Cbcnn, cbcnn
from binloom.train.models.densenet import binary_densenet, binary_densenet28
from binloom.train.models.lbcnn import Lbcnn, lbcnn
from binloom.train.models.quicknet import quicknet
from binloom.train.models.react import react, react18, react34

MODELS: Mapping[str, type[Architecture]] = {"lbcnn": Lbcnn, "cbcnn": Cbcnn}

__all__ = [
    "MODELS",
    "Architecture",
    "Cbcnn",
    "Lbcnn",
    "binary_densenet",
    "binary_densenet28",
    "binaryflex",
    "bireal",
    "bireal18",
    "bireal34",
    "cbcnn",
    "flex_module",
    "lbcnn",
    "quicknet",
    "react",
    "react18",
    "react34",
]
