"""What a clause finds in a message: a value, one of another type than it asks for, or nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import attrs

from pulse_router.domain.filters.field_paths import MISSING, Several

_TEXTS: Final = ("$regex", "$startsWith", "$endsWith")
_OF_LISTS: Final = ("$size", "$all", "$elemMatch")


class Presence(enum.Enum):
    """Whether a field has a value that a clause can look at.

    VALUE: It has. OTHER_TYPE: It has one, but none that the operator could hold of. MISSING: It
    has none.
    """

    VALUE = "value"
    OTHER_TYPE = "other_type"
    MISSING = "missing"


@attrs.frozen
class Found:
    """What a message has where a clause looks.

    Attributes:
        presence: Whether there is something, and of a type that fits.
        value: It, or None. Where the path leads through a list, the list of all that it finds.
        wanted: The types that would fit, in JSON's words, where what is there does not.
    """

    presence: Presence
    value: Any = None
    wanted: Sequence[str] = ()


def type_name(value: object) -> str:
    """Give the type of a JSON value in JSON's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def find(value: Any, operator: str, operand: object) -> Found:  # noqa: ANN401 - a JSON value
    """Say what a path has led to, as a clause sees it.

    Args:
        value: What the compiled path gives: a value, `Several` of them, or MISSING.
        operator: What asks.
        operand: What it compares with.
    """
    if value is MISSING:
        return Found(Presence.MISSING)
    shown = list(value.values) if isinstance(value, Several) else value
    wanted = _wanted(operator, operand)
    if wanted is None or _fits(value, wanted, of_list=operator in _OF_LISTS):
        return Found(Presence.VALUE, shown)
    return Found(Presence.OTHER_TYPE, shown, wanted)


def _wanted(operator: str, operand: object) -> Sequence[str] | None:
    """Give the types of which an operator can hold; None for any."""
    match operator:
        case "$gt" | "$gte" | "$lt" | "$lte" | "$eq" | "$ne":
            return (type_name(operand),)
        case "$in" | "$nin":
            several = operand if isinstance(operand, list) else []
            return tuple(dict.fromkeys(map(type_name, several))) or None
        case "$contains":
            return ("string", "array") if isinstance(operand, str) else ("array",)
    if operator in _TEXTS:
        return ("string",)
    return ("array",) if operator in _OF_LISTS else None


def _fits(value: Any, wanted: Sequence[str], *, of_list: bool) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, Several):
        return any(_fits(item, wanted, of_list=of_list) for item in value.values)
    if type_name(value) in wanted:
        return True
    # A list has a type that fits when one of its elements has.
    return not of_list and isinstance(value, list) and any(type_name(v) in wanted for v in value)


def beginning(value: Any, most: int) -> tuple[Any, bool]:  # noqa: ANN401 - JSON values
    """Copy the beginning of a JSON value, at a cost that does not depend on how large it is.

    Args:
        value: The value.
        most: How many characters and elements to copy at the most.

    Returns:
        The copy, and whether it is all.
    """
    copier = _Copier(most)
    copy = copier.copy(value)
    return copy, copier.left >= 0


class _Copier:
    def __init__(self, most: int) -> None:
        self.left = most

    def copy(self, value: Any) -> Any:  # noqa: ANN401 - JSON values
        self.left -= 1
        match value:
            case str():
                cut = value[: max(self.left, 0)]
                self.left -= len(value)
                return cut
            case list():
                return [self.copy(item) for item in self._while_left(value)]
            case dict():
                return {self.copy(key): self.copy(value[key]) for key in self._while_left(value)}
        return value

    def _while_left(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            if self.left < 0:
                return
            yield item
