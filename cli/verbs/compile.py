"""binloom compile: from a trained model to Verilog."""

import argparse

HELP = "turn a trained model into Verilog, a manifest, test vectors and a bench"
DESCRIPTION = "Compiles a trained model into a folder: Verilog, its manifest, test vectors and a cocotb bench."
EPILOG = """\
examples:
  binloom compile model.h5 -o build/
  binloom compile model.h5 -o build/ --input-scale 2/255 --input-offset -1    pixels stood for numbers from -1 to 1
  binloom compile model.h5 -o build/ --ports axi --output class --cycles 10000
  binloom compile model.h5 -o build/ --data mnist.npz                         with the accuracy before and after

what DIR holds then:
  NAME.v            the design; its first lines describe the ports
  NAME_axi.v        the same behind AXI4-Stream ports (without --ports axi)
  NAME_tb.v         a bench in Verilog; NAME.core, for FuseSoC; NAME_litex.py, for LiteX
  manifest.json     ports, order, folds, predicted cycles and latency, hashes
  graph.json, .npz  the integer model that the design is equal to
  vectors/          a few frames in and out, one beat a line
  tests/            a cocotb bench: `pytest DIR/tests` runs it, without binloom

The same model and options give the same bytes. DIR is written whole or not at all. A folder that is not a
build, or that holds files of your own beside the build's, is left alone.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import add_numbers, path, positive

    parser.add_argument("model", type=path, metavar="MODEL", help="a trained model: .h5 or .keras")
    parser.add_argument("-o", "--out", type=path, required=True, metavar="DIR", help="the folder to write")
    parser.add_argument(
        "--ports",
        choices=("plain", "axi"),
        default="plain",
        help="payload/valid/ready, or AXI4-Stream (default: plain)",
    )
    parser.add_argument(
        "--output",
        choices=("logits", "class", "both"),
        default="logits",
        help="what the hardware delivers (default: logits)",
    )
    parser.add_argument(
        "--cycles", type=positive, metavar="N", help="clock cycles a frame to aim at: fewer is faster and larger"
    )
    parser.add_argument("--plan", type=path, metavar="FILE", help="the folds of a plan.toml that `plan` has written")
    parser.add_argument("--name", metavar="NAME", help="of the Verilog module (default: the model's)")
    parser.add_argument(
        "--data", type=path, metavar="SET.npz", help="report on its x_test and y_test what integers do to the accuracy"
    )
    parser.add_argument(
        "--classes",
        type=path,
        metavar="FILE",
        help="names of the classes, one a line (default: MODEL.classes.txt beside the model, if there is one)",
    )
    parser.add_argument("--images", type=positive, metavar="N", help="of --data, only the first N images")
    add_numbers(parser)


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.compiler.errors import InputError
    from binloom.options import numbers
    from binloom.progress import spinner
    from binloom.screen import console
    from binloom.sim.report import table

    if args.images is not None and args.data is None:
        raise InputError("--images says how many of --data to take", "give both")
    with spinner("compiling") as tell:
        build = api.compile(
            args.model,
            args.out,
            ports=args.ports,
            output=args.output,
            cycles=args.cycles,
            plan=args.plan,
            name=args.name,
            data=args.data,
            images=args.images,
            classes=args.classes,
            on_step=tell,
            **numbers(args),
        )
    screen, timing = console(), build.manifest["timing"]
    screen.print(table(build.manifest))
    screen.print()
    for note in build.manifest["notes"]:
        screen.print(f"note: {note}")
    latency = max(timing["latency_last"].values())
    screen.print(
        f"predicted: {timing['cycles_per_frame']:,} cycles a frame (set by {timing['bottleneck']}), "
        f"latency {latency:,} cycles; `binloom verify {args.out}` measures them and proves the design"
    )
    return 0
