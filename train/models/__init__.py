"""Whole networks of the papers as Keras models, a family a file; width, input and classes by parameter.

What a recipe can say of them stands in train/families/.
"""

from binloom.train.models.binaryflex import binaryflex, flex_module
from binloom.train.models.bireal import bireal, bireal18, bireal34
from binloom.train.models.cbcnn import cbcnn
from binloom.train.models.densenet import binary_densenet, binary_densenet28
from binloom.train.models.lbcnn import lbcnn
from binloom.train.models.quicknet import quicknet
from binloom.train.models.react import react, react18, react34
from binloom.train.models.vgg import vgg, vgg11, vgg_small

__all__ = [
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
