"""The families of networks that a recipe can name, each a table of parameters.

A recipe is read and judged by them without Keras' being there. What they describe is built in train/models/.
"""

from collections.abc import Mapping

from binloom.train.families.architecture import Architecture
from binloom.train.families.binaryflex import Binaryflex
from binloom.train.families.cbcnn import Cbcnn
from binloom.train.families.lbcnn import Lbcnn
from binloom.train.families.residual import Bireal, Densenet, Quicknet, React
from binloom.train.families.vgg import Vgg

FAMILIES: Mapping[str, type[Architecture]] = {
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
    "FAMILIES",
    "Architecture",
    "Binaryflex",
    "Bireal",
    "Cbcnn",
    "Densenet",
    "Lbcnn",
    "Quicknet",
    "React",
    "Vgg",
]
