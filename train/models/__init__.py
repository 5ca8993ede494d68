"""Whole networks of the papers as Keras models, a family a file; width, input and classes by parameter.

`MODELS` are the families that a recipe can name, each a table of parameters.
"""

from collections.abc import Mapping

from binloom.train.models.architecture import Architecture
from binloom.train.models.binaryflex import Binaryflex, binaryflex, flex_module
from binloom.train.models.bireal import Bireal, bireal, bireal18, bireal34
from binloom.train.models.cbcnn import Cbcnn, cbcnn
from binloom.train.models.densenet import Densenet, binary_densenet, binary_densenet28
from binloom.train.models.lbcnn import Lbcnn, lbcnn
from binloom.train.models.quicknet import Quicknet, quicknet
from binloom.train.models.react import React, react, react18, react34
from binloom.train.models.vgg import Vgg, vgg, vgg11, vgg_small

MODELS: Mapping[str, type[Architecture]] = {
    "lbcnn": Lbcnn,
    "cbcnn": Cbcnn,
    "vgg": Vgg,
    "binaryflex": Binaryflex,
    "bireal": Bireal,
    "react": React,
    "densenet": Densenet,
    "quicknet": Quicknet,
}

__all__ = [
    "MODELS",
    "Architecture",
    "Binaryflex",
    "Bireal",
    "Cbcnn",
    "Densenet",
    "Lbcnn",
    "Quicknet",
    "React",
    "Vgg",
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
    "vgg",
    "vgg11",
    "vgg_small",
]
