"""The filters of templates: each is made of its arguments once, and never raises for a value.

They know nothing of syntax; a filter takes its arguments by place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from pulse_router.domain.templates.limits import Allowance
from pulse_router.domain.templates.scope import Expression, Scope
from pulse_router.domain.templates.times import duration, read_format
from pulse_router.domain.templates.values import EXACT, equal, number, to_json, to_text

MAX_DIGITS: Final = 15
_MAX_NUMBER_LENGTH: Final = 64
_CUT: Final = "…"
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII)

Make: TypeAlias = Callable[[Expression, Sequence[Expression]], Expression]
"""Makes a filtered expression of an expression and the filter's arguments."""


@attrs.frozen
class Filter:
    """A filter, and how many arguments it takes."""

    make: Make
    fewest: int = 0
    most: int = 0
    usage: str = ""


def _of_value(change: Callable[[Any], Any]) -> Make:
    return lambda of, _: lambda scope: change(of(scope))


def _of_text(change: Callable[[str], str]) -> Make:
    """Make a filter of text: numbers and booleans are taken as they stand in text."""

    def make(of: Expression, _: Sequence[Expression]) -> Expression:
        def filtered(scope: Scope) -> str | None:
            text = _text(of(scope), scope.allowance)
            if text is None:
                return None
            scope.allowance.spend(len(text))
            changed = change(text)
            scope.allowance.spend(len(changed))
            return changed

        return filtered

    return make


def _text(value: Any, allowance: Allowance) -> str | None:  # noqa: ANN401 - a JSON value
    if value is None or type(value) in {list, dict}:
        return None
    return to_text(value, allowance)


def _default(of: Expression, arguments: Sequence[Expression]) -> Expression:
    [other] = arguments

    def filtered(scope: Scope) -> Any:  # noqa: ANN401 - a JSON value
        value = of(scope)
        return other(scope) if value is None else value

    return filtered


def _round(of: Expression, arguments: Sequence[Expression]) -> Expression:
    if not arguments:
        return lambda scope: _whole(of(scope), round)
    [digits] = arguments

    def filtered(scope: Scope) -> int | float | None:
        value, places = number(of(scope)), digits(scope)
        if value is None or type(places) is not int or not 0 <= places <= MAX_DIGITS:
            return None
        return number(round(value, places))

    return filtered


def _whole(value: Any, change: Callable[[float], int]) -> int | float | None:  # noqa: ANN401
    one = number(value)
    if one is None or abs(one) > EXACT:  # as a whole number it would have hundreds of digits
        return one
    return change(one)


def _float(value: Any) -> float | None:  # noqa: ANN401 - a JSON value
    if type(value) is bool:
        return float(value)
    if type(value) is str:
        if len(value) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(value):
            return None
        return number(float(value))
    one = number(value)
    return None if one is None else float(one)


def _int(value: Any) -> int | float | None:  # noqa: ANN401 - a JSON value
    if type(value) is int:
        return value
    one = _float(value)
    if type(value) is str and one is not None and value.strip().lstrip("+-").isdecimal():
        return number(int(value))
    return _whole(one, int)


def _truncate(of: Expression, arguments: Sequence[Expression]) -> Expression:
    length = arguments[0]
    ending = arguments[1] if len(arguments) > 1 else None

    def filtered(scope: Scope) -> str | None:
        text, most = _text(of(scope), scope.allowance), length(scope)
        end = _CUT if ending is None else _text(ending(scope), scope.allowance)
        if text is None or end is None or type(most) is not int or most < 0:
            return None
        if len(text) <= most:
            return text
        return (text[: max(0, most - len(end))] + end)[:most]

    return filtered


def _replace(of: Expression, arguments: Sequence[Expression]) -> Expression:
    old, new = arguments

    def filtered(scope: Scope) -> str | None:
        allowance = scope.allowance
        text = _text(of(scope), allowance)
        gone, come = _text(old(scope), allowance), _text(new(scope), allowance)
        if text is None or gone is None or come is None:
            return None
        if not gone:
            return text
        allowance.spend(len(text))
        grown = len(text) + text.count(gone) * (len(come) - len(gone))
        allowance.spend(grown)
        return text.replace(gone, come)

    return filtered


def _to_json(of: Expression, _: Sequence[Expression]) -> Expression:
    def filtered(scope: Scope) -> str:
        return to_json(of(scope), scope.allowance).decode()

    return filtered


def _choose(of: Expression, arguments: Sequence[Expression]) -> Expression:
    cases = tuple(zip(arguments[::2], arguments[1::2], strict=False))
    otherwise = arguments[-1] if len(arguments) % 2 else None

    def filtered(scope: Scope) -> Any:  # noqa: ANN401 - a JSON value
        value = of(scope)
        for case, result in cases:
            if equal(value, case(scope)):
                return result(scope)
        return None if otherwise is None else otherwise(scope)

    return filtered


def make_time(of: Expression, text: str) -> Expression:
    """Make the filter `time` of its format, which is a literal.

    Raises:
        ValueError: The format is not valid.
    """
    write = read_format(text)
    return lambda scope: write(of(scope))


TIME: Final = "time"
FILTERS: Final[Mapping[str, Filter]] = {
    "default": Filter(_default, 1, 1, "default(value)"),
    "round": Filter(_round, 0, 1, "round or round(digits)"),
    "int": Filter(_of_value(_int), usage="int"),
    "float": Filter(_of_value(_float), usage="float"),
    "upper": Filter(_of_text(str.upper), usage="upper"),
    "lower": Filter(_of_text(str.lower), usage="lower"),
    "trim": Filter(_of_text(str.strip), usage="trim"),
    "truncate": Filter(_truncate, 1, 2, "truncate(length) or truncate(length, ending)"),
    "replace": Filter(_replace, 2, 2, "replace(old, new)"),
    "tojson": Filter(_to_json, usage="tojson"),
    "duration": Filter(_of_value(duration), usage="duration"),
    "choose": Filter(_choose, 2, 64, "choose(case, result, …, otherwise)"),
}
