"""Lays tables out for people: aligned, cut to the terminal, and safe to print. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

GAP: Final = "  "
ELLIPSIS: Final = "…"
NARROWEST: Final = 8
"""Columns are not cut below this width."""


def printable(text: str) -> str:
    """Keep what devices and endpoints have said from commanding the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def cell(value: object) -> str:
    """Put a JSON value into a cell."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping | list):
        return printable(msgspec.json.encode(value).decode())
    return str(value)


def table(names: Sequence[str], rows: Iterable[Sequence[object]], *, width: int | None) -> str:
    """Lay a table out.

    Args:
        names: The columns' names.
        rows: The values.
        width: How wide it may be; the widest columns are cut until it fits. None for no bound.
    """
    lines = [[name.upper() for name in names], *([cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    while width is not None and sum(widths) + len(GAP) * (len(widths) - 1) > width:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return "\n".join(
        GAP.join(
            _cut(text, room).ljust(room) for text, room in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def fields(record: Mapping[str, Any]) -> str:
    """Lay one record out, a field a line."""
    width = max((len(name) for name in record), default=0)
    return "\n".join(f"{name.ljust(width)}{GAP}{cell(value)}" for name, value in record.items())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + ELLIPSIS
