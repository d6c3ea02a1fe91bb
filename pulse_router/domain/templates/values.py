"""What operators do with JSON values: nothing raises, and what makes no sense is None.

A missing value, a division by zero, a wrong type: all are None, which is null in JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pulse_router.domain.templates.limits import Allowance, CannotRender

EXACT: Final = 2**53
"""Up to here every whole number is exact as a float; those beyond are floats, so that they stay
small."""
_COST_OF_COMPARING: Final = 16
"""What looking at an element of a list counts, in bytes of text."""
_encode: Final = msgspec.json.Encoder().encode


def number(value: Any) -> int | float | None:  # noqa: ANN401 - a JSON value
    """Take a value for a number to calculate with; None when it is none, booleans included."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is not int:
        return None
    if -EXACT <= value <= EXACT:
        return value
    try:
        return float(value)
    except OverflowError:
        return None


def add(left: Any, right: Any) -> int | float | None:  # noqa: ANN401
    """Add two numbers."""
    one, other = number(left), number(right)
    return None if one is None or other is None else number(one + other)


def subtract(left: Any, right: Any) -> int | float | None:  # noqa: ANN401
    """Subtract two numbers."""
    one, other = number(left), number(right)
    return None if one is None or other is None else number(one - other)


def multiply(left: Any, right: Any) -> int | float | None:  # noqa: ANN401
    """Multiply two numbers."""
    one, other = number(left), number(right)
    return None if one is None or other is None else number(one * other)


def divide(left: Any, right: Any) -> float | None:  # noqa: ANN401
    """Divide two numbers."""
    one, other = number(left), number(right)
    return None if one is None or not other else number(one / other)


def negate(value: Any) -> int | float | None:  # noqa: ANN401
    """Turn a number's sign around."""
    one = number(value)
    return None if one is None else -one


def equal(left: Any, right: Any) -> bool | None:  # noqa: ANN401
    """Compare by JSON's types: 1 is 1.0, and neither true nor "1". Lists are not compared."""
    if left is None or right is None:
        return left is right
    one, other = type(left), type(right)
    if one is other and one in {str, bool}:
        return bool(left == right)
    if one in {list, dict} or other in {list, dict}:
        return None
    if one in {int, float} and other in {int, float}:
        return bool(left == right)
    return False


def unequal(left: Any, right: Any) -> bool | None:  # noqa: ANN401
    """Tell the contrary of `equal`."""
    same = equal(left, right)
    return None if same is None else not same


def less(left: Any, right: Any) -> bool | None:  # noqa: ANN401
    """Order two numbers, or two texts by their characters."""
    one, other = type(left), type(right)
    if (one is str and other is str) or (one in {int, float} and other in {int, float}):
        return bool(left < right)
    return None


def less_or_equal(left: Any, right: Any) -> bool | None:  # noqa: ANN401
    """Order two numbers, or two texts by their characters."""
    more = less(right, left)
    return None if more is None else not more


def contains(held: Any, value: Any, allowance: Allowance) -> bool | None:  # noqa: ANN401
    """Tell whether a list has a value, a text a part, an object a field.

    Raises:
        CannotRender: It would take too long.
    """
    if type(held) is str:
        allowance.spend(len(held))
        return value in held if type(value) is str else None
    if type(held) is list:
        if type(value) in {list, dict}:  # they are not compared
            return None
        allowance.spend(len(held) * _COST_OF_COMPARING)
        if value not in held:
            return False
        return type(value) is str or any(equal(value, item) for item in held)  # 1 is not true
    if isinstance(held, Mapping):
        return value in held if type(value) is str else None
    return None


def field(value: Any, name: str) -> Any:  # noqa: ANN401
    """Look up a field of an object."""
    return value.get(name) if type(value) is dict else None


def element(value: Any, place: int) -> Any:  # noqa: ANN401
    """Look up an element of a list; from its end where the place is negative."""
    if type(value) is list and -len(value) <= place < len(value):
        return value[place]
    return None


def to_json(value: Any, allowance: Allowance) -> bytes:  # noqa: ANN401
    """Write a value as JSON.

    Raises:
        CannotRender: It is too large, or nested too deep.
    """
    try:
        written = _encode(value)
    except RecursionError:
        raise CannotRender("a value in it is nested too deep") from None
    except ValueError:  # half a character, of a row that somebody has written by hand
        raise CannotRender("a value in it is no valid text") from None
    if len(written) > _UNCOUNTED:
        allowance.spend(len(written))
    return written


def to_text(value: Any, allowance: Allowance) -> str:  # noqa: ANN401
    """Write a value as it stands in text: null is nothing, lists and objects are JSON.

    Raises:
        CannotRender: It is too large, or nested too deep.
    """
    if type(value) is str:
        if len(value) > _UNCOUNTED:
            allowance.spend(len(value))
        return value
    return "" if value is None else to_json(value, allowance).decode()


_UNCOUNTED: Final = 256
"""Values up to here are not counted: no more of them fit into a template than it has steps."""
