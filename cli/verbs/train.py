"""binloom train: a model by its recipe."""

import argparse
import shlex
import sys
from pathlib import Path

BOARDS = ("icebreaker", "ulx3s-85f")
HELP = "train a model by a recipe"
DESCRIPTION = """\
Carries out a recipe: loads its data, shows what the model holds and what it will take as hardware, trains, and leaves
model.h5, a model card with its accuracy in Keras and in integers, and the history in a folder, where run.html shows all
of it at any time. An interrupted run goes on where it was when it is started again.
"""
EPILOG = """\
examples:
  binloom train lbcnn_mnist                         into runs/lbcnn_mnist
  binloom train lbcnn_mnist --quick -o /tmp/try     on a small share of the data, in seconds
  binloom train my.toml --data mine.npz --seed 3    a recipe and data of your own
  binloom train cbcnn_mnist --board orangecrab-25f  with what is predicted for that board
  binloom train cbcnn_mnist --tensorboard           and `tensorboard --logdir runs/cbcnn_mnist/events` beside it
  binloom compile runs/lbcnn_mnist/model.h5 -o build/

A data set is looked for in the folder that BINLOOM_DATA names, as NAME.npz with x_train, y_train, x_test and y_test,
and then where Keras fetches it from.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path, positive, seed

    parser.add_argument("recipe", metavar="RECIPE", help="a recipe's name, or a .toml file")
    parser.add_argument(
        "--data",
        type=path,
        metavar="SET",
        help="the data set, an .npz file or a folder of images, instead of looking for it",
    )
    parser.add_argument("-o", "--out", type=path, metavar="DIR", help="the run's folder (default: runs/RECIPE)")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="of all that is random (default: 1)")
    parser.add_argument("--jobs", type=positive, metavar="N", help="trials of kernels at a time (default: all cores)")
    parser.add_argument(
        "--cluster", default="", metavar="ADDRESS", help="a dask scheduler, whose workers make the trials"
    )
    parser.add_argument(
        "--quick", action="store_true", help="500 to 2,000 images and two epochs a stage: to see it run"
    )
    parser.add_argument(
        "--board",
        action="append",
        metavar="B",
        help=f"predict the hardware for this board or device; may be given again (default: {', '.join(BOARDS)})",
    )
    parser.add_argument("--tensorboard", action="store_true", help="write events for TensorBoard into the run's folder")


def run(args: argparse.Namespace) -> int:
    from binloom.progress import steps
    from binloom.screen import console
    from binloom.toolchain import find
    from binloom.train.beforehand import demand
    from binloom.train.data import load
    from binloom.train.recipe import Recipe

    for package in ("keras", "scipy", "matplotlib"):
        find.package(package, "train", "training", find.extra("train")).require()
    if args.tensorboard:
        find.package("tensorboard", "train", "--tensorboard", find.extra("tensorboard")).require()
    recipe = Recipe.read(args.recipe)
    data, folder = load(recipe.data, args.data), args.out or Path("runs") / recipe.name
    boards = args.board or BOARDS
    demand(recipe, data, folder, seed=args.seed, quick=args.quick, boards=boards)

    # Here Keras comes in: its backend takes seconds to start, and may have things to tell.
    from binloom.train.elm.workers import workers
    from binloom.train.run import run as carry_out

    screen = console()
    with workers(args.cluster), steps() as tell:
        trained = carry_out(
            recipe,
            data,
            folder,
            seed=args.seed,
            quick=args.quick,
            jobs=args.jobs or -1,
            tell=tell,
            announce=lambda summary: screen.print(f"{summary}\n", soft_wrap=True),
            boards=boards,
            tensorboard=args.tensorboard,
            command=shlex.join(["binloom", *sys.argv[1:]]),
        )
    screen.print(str(trained), soft_wrap=True)
    return 0
