"""binloom classify: images to a board, classes back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from binloom.boards import Result
    from binloom.build import Build
    from binloom.hw.stream import Map

HELP = "classify images on a board, or on a simulated one"
DESCRIPTION = """\
Sends images to the board that carries a build, and prints the class of each as the board has found it. What a line
loses is sent again; a board that carries another model is refused.
"""
EPILOG = """\
examples:
  binloom classify digit.png shoe.jpg --port /dev/ttyUSB0
  binloom classify digit.png --port sim                   no board: its design, simulated
  binloom classify --data set.npz --images 100 --port sim x_test of a data set, and how many are right
  binloom classify --camera --port /dev/ttyUSB0           what a camera sees, until ctrl-C

A picture is cut to the model's shape and scaled; a .npy array goes in as it is. --port also takes what `binloom board
sim` prints.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path, positive

    parser.add_argument("pictures", nargs="*", type=path, metavar="IMAGE", help="image files, or .npy arrays")
    parser.add_argument("--port", required=True, metavar="P", help="a serial port such as /dev/ttyUSB0, or sim")
    parser.add_argument(
        "--build", type=path, default=Path("build"), metavar="DIR", help="what the board carries (default: build)"
    )
    parser.add_argument("--data", type=path, metavar="SET.npz", help="take the images of its x_test")
    parser.add_argument("--images", type=positive, metavar="N", help="of --data, only the first N")
    parser.add_argument(
        "--camera", type=int, nargs="?", const=0, metavar="N", help="pictures of camera N (default: 0), with OpenCV"
    )
    parser.add_argument("--logits", action="store_true", help="print the numbers that rank the classes as well")
    parser.add_argument("--invert", action="store_true", help="take negatives, for a model that knows white on black")
    parser.add_argument(
        "--baud", type=positive, metavar="N", help="of the line (default: that of the build's bitstream, else 1000000)"
    )


def run(args: argparse.Namespace) -> int:
    import sys

    from binloom import api
    from binloom.compiler.errors import InputError
    from binloom.progress import spinner

    sources = [bool(args.pictures), args.data is not None, args.camera is not None]
    if sum(sources) != 1:
        wrong = "several things" if any(sources) else "nothing"
        raise InputError(f"{wrong} to classify", "give image files, --data or --camera")
    if args.images is not None and args.data is None:
        raise InputError("--images says how many of --data to take", "give both")
    build = api.load(args.build)

    def note(text: str) -> None:
        print(f"binloom: {text}", file=sys.stderr)

    images, labels = _images(args, build)
    with spinner(f"opening {args.port}"):
        device = build.device(args.port, baud=args.baud, note=note)
    with device as board:
        if args.camera is not None:
            from binloom.boards.host.camera import frames

            for image in frames(args.camera, board.layout.input):
                print(_told(f"camera {args.camera}", board.infer(_seen(image, args, board.layout.input)), args.logits))
            return 0
        right = 0
        for index, result in enumerate(board.batch(images)):
            name = args.pictures[index] if args.pictures else f"image {index}"
            if labels is not None:
                right += result.index == labels[index]
                name = f"{name}, label {labels[index]}"
            print(_told(name, result, args.logits))
        if labels is not None:
            print(f"top-1 {100 * right / len(labels):.2f}% ({right} of {len(labels)})")
    return 0


def _images(args: argparse.Namespace, build: "Build") -> "tuple[Sequence[np.ndarray] | np.ndarray, np.ndarray | None]":
    """The images, read before anything is said to a board, and their labels where they have any."""
    if args.data is not None:
        from binloom.sim import golden

        return golden.load_dataset(args.data, build.graph, images=args.images, labels=False)
    import numpy as np

    from binloom.boards.host.pictures import read
    from binloom.compiler.ir.images import fitted
    from binloom.sim.harness import map_of

    map = map_of(build.manifest["ports"]["inputs"][0])
    images = [fitted(build.graph, read(path, map)[np.newaxis], str(path))[0] for path in args.pictures]
    return [_seen(image, args, map) for image in images], None


def _seen(image: "np.ndarray", args: argparse.Namespace, map: "Map") -> "np.ndarray":
    from binloom.boards.host.pictures import inverted

    return inverted(image, map) if args.invert else image


def _told(what: object, result: "Result", logits: bool) -> str:
    numbers = f"  {' '.join(map(str, result.logits.tolist()))}" if logits and result.logits is not None else ""
    return f"{what}: {result}{numbers}"
