"""What is stored of a trained model, as small as its bits let it be.

Training leaves a real number behind every bit of a kernel. What counts of it is its sign, and that is what is stored:
bits that gzip finds, where the numbers would take four bytes each. The real numbers stay in the run's checkpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import keras

from binloom.train.drafts import draft_of
from binloom.train.layers import OvsfConv2D
from binloom.train.layers.binary import Binary
from binloom.train.layers.cbcnn import Scaled
from binloom.train.layers.ovsf import fixed


def pack(path: Path) -> None:
    """An `.h5`, written anew with its arrays compressed."""
    with draft_of(path) as packed, h5py.File(path) as source, h5py.File(packed, "w") as target:
        _copy(source, target)


@contextmanager
def as_counted(model: keras.Model) -> Iterator[None]:
    """Within it kernels are the numbers that they are taken for: -1 and +1, -H and +H, sums of codes in 128ths."""
    latent = []
    for layer in model.layers:
        if isinstance(layer, Scaled):
            latent.append((layer.kernel, layer.binarised()))
        elif isinstance(layer, Binary):
            latent.append((layer.kernel, layer.bits(layer.kernel)))
        elif isinstance(layer, OvsfConv2D):
            latent.append((layer.coefficients, fixed(layer.coefficients)))
    before = [(variable, keras.ops.convert_to_numpy(variable)) for variable, _ in latent]
    for variable, counted in latent:
        variable.assign(counted)
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def _copy(source: h5py.Group, target: h5py.Group) -> None:
    for name, value in source.attrs.items():
        target.attrs[name] = value
    for name, each in source.items():
        if isinstance(each, h5py.Group):
            _copy(each, target.create_group(name))
        else:
            many = each.shape and each.size > 64
            made = target.create_dataset(name, data=each[()], compression="gzip" if many else None, shuffle=bool(many))
            for key, value in each.attrs.items():
                made.attrs[key] = value
