"""The command line: finds the verb, runs it, and turns what went wrong into one line and an exit status."""

import argparse
import errno
import importlib
import io
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

VERBS = (
    "train",
    "inspect",
    "compile",
    "evaluate",
    "plan",
    "verify",
    "build",
    "flash",
    "classify",
    "boards",
    "board",
    "demo",
    "doctor",
)

FINE, UNEQUAL, WRONG_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

DESCRIPTION = "Weaves trained binary neural networks into FPGA fabric, and proves the hardware equal to the model."
EPILOG = """\
a first round:
  binloom inspect model.h5                         what is in it, and whether it can be compiled
  binloom compile model.h5 -o build/               Verilog, manifest, test vectors, a cocotb bench
  binloom evaluate build/ --data set.npz           accuracy of the integer model
  binloom plan build/ --board ulx3s-85f --fit      as fast as fits on a board
  binloom verify build/ --data set.npz             the Verilog against the integer model
  binloom build build/ --board ulx3s-85f           what it takes of an FPGA, and how fast it is there
  binloom demo build/                              draw, and see what each layer of the simulated FPGA computes
  binloom flash build/                             the bitstream onto the board
  binloom classify a.png --port /dev/ttyUSB0       images to the board, classes back
  binloom doctor                                   which tools are here, what to install for the rest

exit status: 0 fine, 1 not equal, 2 your input is wrong or a tool is missing or failed (one line says what),
130 interrupted, 143 terminated
`binloom VERB --help` says more about each verb.
"""


def build_parser() -> argparse.ArgumentParser:
    """All verbs and their options. A verb's module costs nothing until it runs: it imports what it needs then."""
    parser = Parser(
        "binloom", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    parser.add_argument("--debug", action="store_true", help="show the whole traceback of an error")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name in VERBS:
        module = importlib.import_module(f"binloom.verbs.{name}")
        verb = verbs.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(verb)
        verb.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        verb.set_defaults(run=module.run)
    return parser


class Parser(argparse.ArgumentParser):
    """Tells a slip on the command line in one line, and where to read on; so do the parsers of its verbs."""

    def parse_known_args(self, args=None, namespace=None):
        """All are known, or it is an error of the verb that was given them, and not of `binloom`."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, f"binloom: {' '.join(message.split())}; see `{self.prog} --help`\n")


class Version(argparse.Action):
    """Looks the version up only when somebody asks."""

    def __call__(self, parser, namespace, values, option_string=None):
        from importlib.metadata import version

        print(f"binloom {version('binloom')}")
        parser.exit()


class Terminated(KeyboardInterrupt):
    """SIGTERM: what is half done is cleared away as after ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of classes may have letters that a terminal has not
        sys.stdout.reconfigure(errors="backslashreplace")
    args = build_parser().parse_args(attached(sys.argv[1:] if argv is None else argv))
    try:
        with terminable():
            return args.run(args)
    except Terminated:
        print("binloom: terminated", file=sys.stderr)
        return TERMINATED
    except KeyboardInterrupt:
        print("binloom: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if args.debug or not _can_be_mended(error, args):
            raise
        print(f"binloom: {_tell(error)}", file=sys.stderr)
        return WRONG_INPUT


def attached(argv: Sequence[str]) -> list[str]:
    """`--input-offset -1/2` as `--input-offset=-1/2`: argparse would take a fraction below 0 for an option."""
    made: list[str] = []
    for arg in argv:
        if re.match(r"-\.?\d", arg) and made and re.fullmatch(r"--[^=]+", made[-1]):
            made[-1] += f"={arg}"
        else:
            made.append(arg)
    return made


@contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM raises Terminated, once: a second one does not break into the clearing away."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_name == "__del__":  # out of which Python lets no exception: come again later
                threading.Timer(0.01, signal.pthread_kill, [threading.get_ident(), number]).start()
                return
            frame = frame.f_back
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _can_be_mended(error: Exception, args: argparse.Namespace) -> bool:
    """Whether it is the user, and not we, who can do something about it."""
    from binloom.compiler.errors import InputError
    from binloom.toolchain.run import ToolError

    if not isinstance(error, OSError):
        return isinstance(error, InputError | ToolError | MemoryError)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    given = [value.absolute() for value in vars(args).values() if isinstance(value, Path)]
    return isinstance(error.filename, str) and any(
        Path(error.filename).absolute().is_relative_to(path) for path in given
    )


def _tell(error: Exception) -> str:
    """One line; of a tool's last words the first, which names its log."""
    from binloom.toolchain.run import ToolError

    text = str(error)
    if isinstance(error, MemoryError):
        text = "out of memory; give fewer images, or a machine with more"
    elif isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    elif isinstance(error, ToolError) and "\n" in text:
        text = f"{text.splitlines()[0].rstrip(':')}; --debug shows its last lines"
    return " ".join(text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
