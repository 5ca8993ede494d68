"""The command line as a terminal starts it: a shell has what it starts in the background ignore ctrl-C."""

import sys

START = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from binloom.main import main
sys.exit(main())
"""


def binloom(*words: str) -> list[str]:
    return [sys.executable, "-u", "-c", START, *words]
