"""What a hidden layer of random neurons brings to LB-CNN's extreme learning machine: test images right, for each number
of neurons and each nonlinearity, over one set of features.

    python bench/elm_hidden.py mnist.npz                                     # the zoo's kernels, 7,840 features
    python bench/elm_hidden.py mnist.npz --multipliers 5 2                   # kernels drawn by chance, 490 features
    python bench/elm_hidden.py mnist.npz --neurons 1000 --nonlinearities tanh

All of it is counted in whole numbers: weights of 8 bits, sums of 8 bits. One seed, one C for all.
"""

import argparse
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from binloom.train.data import load
from binloom.train.elm.features import features_of
from binloom.train.elm.fit import fit
from binloom.train.elm.how import Elm
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.members import members
from binloom.train.elm.train import whole
from binloom.train.models import lbcnn
from binloom.train.models.hidden import NONLINEARITIES

ZOO = Path(__file__).parents[1] / "zoo" / "lbcnn_mnist.h5"
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--multipliers", type=int, nargs="+", help="of kernels drawn by chance, instead of the zoo's")
    parser.add_argument("--neurons", type=int, nargs="+", default=[1_000, 4_000])
    parser.add_argument("--nonlinearities", nargs="+", default=list(NONLINEARITIES))
    parser.add_argument("-c", type=float, default=1_000.0)
    args = parser.parse_args()
    data = load("mnist", args.data)
    data = data.part(args.images, len(data.x_test))
    print("| neurons | nonlinearity | test images right | seconds of processor |\n|---|---|---|---|")
    for neurons, name in [(0, "tanh"), *((n, name) for n in args.neurons for name in args.nonlinearities)]:
        start = time.process_time()
        right = trained(args, data, neurons, name)
        seconds = time.process_time() - start
        print(f"| {neurons:,} | {name if neurons else ''} | {right:,} | {seconds:.0f} |", flush=True)


def trained(args: argparse.Namespace, data, neurons: int, name: str) -> int:
    """Test images right with so many neurons."""
    multipliers = args.multipliers or (40, 4)
    (member,) = members(lbcnn(*multipliers, hidden=neurons, nonlinearity=name))
    drawn = Kernels.of(member.front).drawn(SEED)
    (drawn if args.multipliers else Kernels.of(keras.models.load_model(ZOO, compile=False))).set(member.front)
    with tempfile.TemporaryDirectory() as folder:
        weights = fit(member, data, Elm(c=args.c), SEED, Path(folder), lambda *_: None)
    kernel, bias = whole(weights, 8, float(np.abs(weights[:-1]).max()))
    # A feature is a whole number that counts `unit`, so that a bias is so many units.
    told = features_of(member.seen, data.x_test).astype(np.float64) @ kernel + bias / member.unit
    return int((told.argmax(axis=1) == data.y_test).sum())


if __name__ == "__main__":
    main()
