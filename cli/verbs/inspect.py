"""binloom inspect: what is in a model, and what can be compiled."""

import argparse

HELP = "show a model's layers, what they cost, and whether they can be compiled"
DESCRIPTION = """\
Shows what is in a trained model: each layer's shape, kind and weight bits, its 1-bit and multi-bit multiply-accumulates
and its memory; and, of the layers that cannot be compiled, why.
"""
EPILOG = """\
examples:
  binloom inspect model.h5
  binloom inspect weights.h5 --config model.json     weights that were saved apart from the architecture

`1-bit MACs` multiply a bit by a bit (XNOR and popcount), `multi-bit MACs` are all others. Memory is that of the
weights, in the width in which they are compiled.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import add_config, path

    parser.add_argument("model", type=path, metavar="MODEL", help="a trained model: .h5 or .keras")
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    from rich.table import Table
    from rich.text import Text

    from binloom import api
    from binloom.screen import console

    rows = api.inspect(args.model, config=args.config)
    numbers = ("bits", "weights", "1-bit MACs", "multi-bit MACs", "memory")
    table = Table("layer", "kind", "shape", box=None, pad_edge=False)
    for title in numbers:
        table.add_column(title, justify="right")
    for row in rows:
        kind = row.kind if row.package == "keras" else f"{row.package} {row.kind}"
        shape = "?" if row.shape is None else " x ".join(map(str, row.shape))
        bits = "" if row.weight_bits is None else str(row.weight_bits)
        counts = (_some(row.weights), _some(row.bit_macs), _some(row.int_macs), _bytes(row.memory_bits))
        table.add_row(*map(Text, (row.name, kind, shape, bits, *counts)), style="red" if row.problem else "")
    sums = [sum(getattr(row, name) for row in rows) for name in ("weights", "bit_macs", "int_macs")]
    memory = sum(row.memory_bits for row in rows)
    table.add_row("total", "", "", "", *map(_some, sums), _bytes(memory), style="bold")
    screen = console()
    screen.print(table)
    refused = [row for row in rows if row.problem]
    screen.print()
    if not refused:
        screen.print("every layer can be compiled")
    for row in refused:
        remedy = f"; {row.remedy}" if row.remedy else ""
        screen.print(f"cannot be compiled: {row.name} ({row.kind}): {row.problem}{remedy}", style="red")
    return 0


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def _bytes(bits: int) -> str:
    if not bits:
        return ""
    return f"{-(-bits // 8):,} B" if bits < 8 << 10 else f"{bits / 8 / 1024:,.1f} KiB"
