"""The layers that binloom trains with, a theme a file.

Keras finds the classes of a stored model by their registered names: import this module before `load_model`.
"""

from binloom.train.layers import cbcnn
from binloom.train.layers.binary import BinaryConv2D, BinaryDense, BinaryDepthwiseConv2D, Sign
from binloom.train.layers.bit_planes import BitPlanes, ShiftAdd, bit_plane_input
from binloom.train.layers.clipped import Clip
from binloom.train.layers.compression import Equalise, Luma, Standardise, image_compression
from binloom.train.layers.encodings import Thermometer, binary_input_layer, direct_binary_input
from binloom.train.layers.int8 import Int8BatchNormalization
from binloom.train.layers.ovsf import OvsfConv2D, pruned
from binloom.train.layers.residual import FixedPoint, RPReLU, RSign

__all__ = [
    "BinaryConv2D",
    "BinaryDense",
    "BinaryDepthwiseConv2D",
    "BitPlanes",
    "Clip",
    "Equalise",
    "FixedPoint",
    "Int8BatchNormalization",
    "Luma",
    "OvsfConv2D",
    "RPReLU",
    "RSign",
    "ShiftAdd",
    "Sign",
    "Standardise",
    "Thermometer",
    "binary_input_layer",
    "bit_plane_input",
    "cbcnn",
    "direct_binary_input",
    "image_compression",
    "pruned",
]
