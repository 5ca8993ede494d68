"""binloom evaluate: the accuracy of the integer model."""

import argparse

HELP = "accuracy of the integer model on a data set"
DESCRIPTION = """\
Runs the golden model, the exact integer form of a trained model that the hardware is proven equal to, on the x_test of
a data set, and compares its classes with y_test.
"""
EPILOG = """\
examples:
  binloom evaluate build/ --data mnist.npz
  binloom evaluate model.h5 --data mnist.npz --images 1000 --input-scale 1/255
  binloom evaluate build/ --data mnist.npz --save out.npz     `classes` and integer `logits` of each image

The data set is an .npz with x_test, integers (N, height, width, channels), and y_test, one class an image.
A build has its numbers already: the options under `numbers` are for a model file.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import add_numbers, path, positive

    parser.add_argument("model", type=path, metavar="MODEL|DIR", help="a trained model, or a folder made by `compile`")
    parser.add_argument("--data", type=path, required=True, metavar="SET.npz", help="x_test and y_test")
    parser.add_argument("--images", type=positive, metavar="N", help="only the first N images")
    parser.add_argument("--save", type=path, metavar="OUT.npz", help="write `classes` and `logits` there")
    add_numbers(parser)


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.compiler import npz
    from binloom.compiler.errors import InputError
    from binloom.compiler.places import check_file
    from binloom.options import numbers
    from binloom.progress import bar
    from binloom.sim import golden

    given = numbers(args)
    if args.save is not None:
        check_file(args.save, "an .npz file")
    if not args.model.is_dir():
        graph = api.integer_graph(args.model, **given)
    elif given:
        option = f"--{next(iter(given)).replace('_', '-')}"
        raise InputError(f"{args.model} is a build, whose numbers are settled", f"{option} is for a model file")
    else:
        graph = api.load(args.model).graph
    # Without labels there is no accuracy, but there are classes to save.
    x, y = golden.load_dataset(args.data, graph, images=args.images, labels=args.save is None)
    with bar("images", len(x)) as tell:
        result = golden.evaluate(graph, x, y, progress=lambda done, total: tell(done))
    if args.save is not None:
        npz.write(args.save, {"classes": result.classes, "logits": result.logits})
    print(result)
    return 0
