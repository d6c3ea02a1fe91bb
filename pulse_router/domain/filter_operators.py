"""What a payload filter may ask of a value: its operators, each a builder of a test.

A test never raises, whatever the value: a type that does not fit is no match. It knows nothing of
how tests are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import re2

from pulse_router.domain.field_paths import MISSING

MAX_DEPTH: Final = 16
MAX_LIST_LENGTH: Final = 1000
MAX_REGEX_LENGTH: Final = 1000
_REGEX_MEMORY_BYTES: Final = 1 << 18
_MAX_ERROR_DETAIL: Final = 100

Test = Callable[[Any], bool]
"""Asks a value, which may be MISSING."""


class FilterError(ValueError):
    """A payload filter is invalid.

    Args:
        path: Where the fault is, such as `temperature.$gt`; empty for the filter as a whole.
        message: What is wrong and what is allowed.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def join(path: str, key: str) -> str:
    """Extend the path of a fault."""
    return f"{path}.{key}" if path else key


def negated(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Turn a test, or a predicate, into its opposite."""
    return lambda value: not test(value)


def _is_number(value: object) -> bool:
    return type(value) is int or type(value) is float


def same(left: object, right: object) -> bool:
    """Tell whether two JSON values are equal; a boolean is no number, and 1 equals 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _check_literal(obj: object, path: str, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise FilterError(path, f"must not nest deeper than {MAX_DEPTH} levels")
    if isinstance(obj, Mapping):
        for key, value in obj.items():
            if str(key).startswith("$"):
                raise FilterError(
                    join(path, key), "stands inside a value; write the field as a dotted path"
                )
            _check_literal(value, join(path, key), depth + 1)
    elif isinstance(obj, list):
        if len(obj) > MAX_LIST_LENGTH:
            raise FilterError(path, f"must not have more than {MAX_LIST_LENGTH} elements")
        for value in obj:
            _check_literal(value, path, depth + 1)
    elif obj is not None and not isinstance(obj, bool | int | float | str):
        raise FilterError(path, "must be a JSON value")


def equal(operand: object, path: str) -> Test:
    """Build the test of `$eq`, which a bare value stands for too."""
    _check_literal(operand, path)
    if isinstance(operand, str) or operand is None:
        return lambda value: bool(value == operand)
    return lambda value: same(value, operand)


def _not_equal(operand: object, path: str) -> Test:
    return negated(equal(operand, path))


def _in(operand: object, path: str) -> Test:
    if not isinstance(operand, list):
        raise FilterError(path, "must be a list of values")
    _check_literal(operand, path)
    hashable = [item for item in operand if not isinstance(item, dict | list)]
    plain = frozenset(item for item in hashable if type(item) is not bool)
    booleans = frozenset(item for item in hashable if type(item) is bool)
    nested = [item for item in operand if isinstance(item, dict | list)]

    def contained(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        if isinstance(value, dict | list):
            return any(same(value, item) for item in nested)
        return value in (booleans if isinstance(value, bool) else plain)

    return contained


def _not_in(operand: object, path: str) -> Test:
    return negated(_in(operand, path))


def _exists(operand: object, path: str) -> Test:
    if not isinstance(operand, bool):
        raise FilterError(path, "must be true or false")
    return lambda value: (value is not MISSING) is operand


def _ordering(holds: Callable[[Any, Any], bool]) -> Callable[[object, str], Test]:
    def build(operand: object, path: str) -> Test:
        if isinstance(operand, str):
            return lambda value: isinstance(value, str) and holds(value, operand)
        if not _is_number(operand):
            raise FilterError(path, "must be a number or a string")
        return lambda value: _is_number(value) and holds(value, operand)

    return build


def _text(holds: Callable[[str, str], bool]) -> Callable[[object, str], Test]:
    def build(operand: object, path: str) -> Test:
        if not isinstance(operand, str):
            raise FilterError(path, "must be a string")
        return lambda value: isinstance(value, str) and holds(value, operand)

    return build


def _contains(operand: object, path: str) -> Test:
    _check_literal(operand, path)

    def contains(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        if isinstance(value, str):
            return isinstance(operand, str) and operand in value
        return isinstance(value, list) and any(same(item, operand) for item in value)

    return contains


def _regex(operand: object, path: str) -> Test:
    if not isinstance(operand, str):
        raise FilterError(path, "must be a string")
    if len(operand) > MAX_REGEX_LENGTH:
        raise FilterError(path, f"must not have more than {MAX_REGEX_LENGTH} characters")
    options = re2.Options()
    options.max_mem = _REGEX_MEMORY_BYTES
    options.log_errors = False
    try:
        search = re2.compile(operand.encode(), options).search
    except UnicodeEncodeError:
        raise FilterError(path, "must be valid Unicode") from None
    except re2.error as error:
        detail = error.args[0] if error.args else b""
        said = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise FilterError(
            path, f"is no regular expression (RE2 syntax): {said[:_MAX_ERROR_DETAIL]}"
        ) from None
    # As bytes, so that a lone surrogate in the value is no match instead of an error.
    return lambda value: (
        isinstance(value, str) and search(value.encode("utf-8", "surrogatepass")) is not None
    )


OPERATORS: Final[Mapping[str, Callable[[object, str], Test]]] = {
    "$eq": equal,
    "$ne": _not_equal,
    "$gt": _ordering(lambda value, operand: bool(value > operand)),
    "$gte": _ordering(lambda value, operand: bool(value >= operand)),
    "$lt": _ordering(lambda value, operand: bool(value < operand)),
    "$lte": _ordering(lambda value, operand: bool(value <= operand)),
    "$in": _in,
    "$nin": _not_in,
    "$exists": _exists,
    "$regex": _regex,
    "$startsWith": _text(str.startswith),
    "$endsWith": _text(str.endswith),
    "$contains": _contains,
}
