"""Data sets, by name or from a file: local first, then the public source.

>>> data = load("mnist")                                                                              # doctest: +SKIP
>>> data.x_train.shape                                                                                # doctest: +SKIP
(60000, 28, 28, 1)
"""

from binloom.train.data.dataset import Dataset
from binloom.train.data.find import load
from binloom.train.data.known import KNOWN

__all__ = ["KNOWN", "Dataset", "load"]
