"""How pages look, in the light and in the dark: the part of their style that all of them have in common."""

from pathlib import Path


def style() -> str:
    """CSS for a page's `style` element."""
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")
