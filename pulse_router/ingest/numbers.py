"""Gives numbers the one form that they have everywhere: live, delivered, stored and shown.

PostgreSQL keeps a number as its digits, so what it gives back of an exponent are digits too, and of
a negative zero a zero. What comes with either is given that form before it goes anywhere. It says
the same: the digits are those of the shortest decimal that is the number (IEEE 754).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

EXPONENT_FROM: Final = 1e16
"""From here on a number is written with an exponent; all of them are whole."""


def settle(value: dict[str, Any] | list[Any]) -> None:
    """Settle all numbers in a JSON object or array, in place.

    Args:
        value: As decoded from JSON, and not nested too deeply to be walked.
    """
    container: Any = value
    for place, item in container.items() if isinstance(value, dict) else enumerate(value):
        kind = item.__class__
        if kind is float:
            if not (0.0 < item < EXPONENT_FROM or -EXPONENT_FROM < item < 0.0):
                container[place] = int(Decimal(repr(item))) if item else 0.0
        elif kind is dict or kind is list:
            settle(item)
