"""Sizes and names as messages show them, whatever a hostile file put into them."""


def readable(count: int) -> str:
    """A number of bytes: "1.5 GB"."""
    value = float(count)
    unit = "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"


def short(name: str) -> str:
    """A name or path on one line, without control characters, cut in the middle where it is very long."""
    if not name.isprintable():
        name = name.encode("unicode_escape").decode("ascii")
    return name if len(name) <= 160 else f"{name[:100]}...{name[-50:]}"
