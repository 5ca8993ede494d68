"""A number of report.json as the page shows it, with its place there: a test holds the two against each other."""

from collections.abc import Mapping
from html import escape
from typing import Any

NONE = "\N{EN DASH}"


def shown(value: Any) -> str:
    """A number for readers; a dash where there is none."""
    if value is None:
        return NONE
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def at(report: Mapping, key: str) -> Any:
    """What the report holds under keys with dots between them; None where it holds nothing."""
    found: Any = report
    for part in key.split("."):
        if found is None:
            return None
        found = found[int(part)] if isinstance(found, list) else found.get(part)
    return found


def figure(report: Mapping, key: str, tag: str = "span") -> str:
    """An element with that number in it: `tspan` within a picture."""
    return f'<{tag} data-key="{escape(key)}">{shown(at(report, key))}</{tag}>'
