"""Words as Markdown shows them: a name with a star or a bar in it stays that name, in a heading and in a table."""

import re

# An underline between letters stands for itself.
SPECIAL = re.compile(r"[\\`*\[<|~$&#]|(?<![^\W_])_|_(?![^\W_])")
TICKS = re.compile("`+")


def plain(text: str) -> str:
    """The text itself, in one line."""
    return SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def code(text: str) -> str:
    """The text as code, in one line of a table."""
    line = " ".join(text.split()).replace("|", r"\|")
    fence = "`" * (1 + max(map(len, TICKS.findall(line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"
