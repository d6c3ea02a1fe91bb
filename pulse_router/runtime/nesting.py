"""How deep decoded JSON is nested. It does not know what it says."""

from __future__ import annotations

from typing import Any, Final, cast

_NESTS: Final = frozenset({dict, list})


def is_deeper(value: object, limit: int) -> bool:
    """Tell whether a JSON value is nested deeper than a limit; does not recurse.

    What holds plain values only is passed over without a step of Python for each of them.
    """
    level = [value]
    for _ in range(limit):
        below: list[Any] = []
        for outer in level:
            items = outer.values() if isinstance(outer, dict) else cast("list[Any]", outer)
            if not _NESTS.isdisjoint(map(type, items)):
                below += [item for item in items if type(item) in _NESTS]
        if not below:
            return False
        level = below
    return True
