"""What a payload filter may ask of a value: its operators, each a builder of a test.

A test raises for no value, only when its fuel is used up: a type that does not fit is no match. One
of a list holds when the list as a whole meets it or one of its elements does, as in MongoDB. It
knows nothing of how tests are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import re2

from pulse_router.domain.filters.costs import Costs
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.field_paths import MISSING, Several
from pulse_router.domain.filters.values import Members, same
from pulse_router.domain.filters.weight import MAX_TEXT_BYTES, Fuel

MAX_DEPTH: Final = 16
MAX_LIST_LENGTH: Final = 1000
MAX_REGEX_LENGTH: Final = 1000
_REGEX_MEMORY_BYTES: Final = 1 << 18
_REGEX_OPTIONS: Final = "ims"
"""Whatever case; `^` and `$` at each line; `.` for a line's end too."""
_MAX_ERROR_DETAIL: Final = 100
_PLAIN: Final = frozenset({int, float, str, bool, type(None)})

_STEPS_PER_UNIT: Final = 256
"""Bytes times instructions of a regular expression that a unit of fuel pays for."""

Test = Callable[[Any], bool]
"""Asks a value, which may be MISSING."""

Builder = Callable[[object, str, Costs], Test]
"""Builds a test of an operand, which stands at a path."""


def join(path: str, key: str) -> str:
    """Extend the path of a fault."""
    return f"{path}.{key}" if path else key


def negated(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Turn a test, or a predicate, into its opposite."""
    return lambda value: not test(value)


def over_elements(test: Test, fuel: Fuel) -> Test:
    """Let a test of one value hold of a list when it holds of the list or of an element."""

    def holds(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        kind = type(value)
        if kind is list:
            fuel.spend(len(value))
            return test(value) or any(map(test, value))
        if kind is Several:
            fuel.spend(len(value.values))
            return any(map(holds, value.values))
        return test(value)

    return holds


def over_lists(test: Test, fuel: Fuel) -> Test:
    """Let a test of a list hold of what a path finds when it holds of one of the lists there."""

    def holds(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        if type(value) is Several:
            fuel.spend(len(value.values))
            return any(map(holds, value.values))
        if type(value) is not list:
            return False
        fuel.spend(len(value))
        return test(value)

    return holds


def _is_number(value: object) -> bool:
    return type(value) is int or type(value) is float


def _check_literal(obj: object, path: str, costs: Costs, depth: int = 0) -> None:
    costs.literals += 1
    if depth > MAX_DEPTH:
        raise FilterError(path, f"must not nest deeper than {MAX_DEPTH} levels")
    if isinstance(obj, Mapping):
        for key, value in obj.items():
            if str(key).startswith("$"):
                raise FilterError(
                    join(path, key), "stands inside a value; write the field as a dotted path"
                )
            _check_literal(value, join(path, key), costs, depth + 1)
    elif isinstance(obj, list):
        if len(obj) > MAX_LIST_LENGTH:
            raise FilterError(path, f"must not have more than {MAX_LIST_LENGTH} elements")
        if depth < MAX_DEPTH and _PLAIN.issuperset(map(type, obj)):
            costs.literals += len(obj)  # what holds of each holds of all
            return
        for value in obj:
            _check_literal(value, path, costs, depth + 1)
    elif obj is not None and not isinstance(obj, bool | int | float | str):
        raise FilterError(path, "must be a JSON value")


def equal(operand: object, path: str, costs: Costs) -> Test:
    """Build the test of `$eq`, which a bare value stands for too."""
    return over_elements(_equal(operand, path, costs), costs.fuel)


def _equal(operand: object, path: str, costs: Costs) -> Test:
    _check_literal(operand, path, costs)
    if isinstance(operand, str) or operand is None:
        return lambda value: bool(value == operand)
    if isinstance(operand, bool):
        return lambda value: value is operand
    # A comparison ends where the shorter of two does: no more than the operand weighs.
    return lambda value: same(value, operand)


def _not_equal(operand: object, path: str, costs: Costs) -> Test:
    return negated(equal(operand, path, costs))


def _in(operand: object, path: str, costs: Costs) -> Test:
    if not isinstance(operand, list):
        raise FilterError(path, "must be a list of values")
    _check_literal(operand, path, costs)
    members, fuel = Members.of(operand), costs.fuel
    return over_elements(lambda value: members.have(value, fuel), fuel)


def _not_in(operand: object, path: str, costs: Costs) -> Test:
    return negated(_in(operand, path, costs))


def _exists(operand: object, path: str, _costs: Costs) -> Test:
    if not isinstance(operand, bool):
        raise FilterError(path, "must be true or false")
    return lambda value: (value is not MISSING) is operand


def _ordering(holds: Callable[[Any, Any], bool]) -> Builder:
    def build(operand: object, path: str, costs: Costs) -> Test:
        _check_literal(operand, path, costs)
        if isinstance(operand, str):
            return over_elements(
                lambda value: isinstance(value, str) and holds(value, operand), costs.fuel
            )
        if not _is_number(operand):
            raise FilterError(path, "must be a number or a string")
        return over_elements(lambda value: _is_number(value) and holds(value, operand), costs.fuel)

    return build


def _text(holds: Callable[[str, str], bool]) -> Builder:
    def build(operand: object, path: str, costs: Costs) -> Test:
        if not isinstance(operand, str):
            raise FilterError(path, "must be a string")
        costs.literals += 1
        return over_elements(
            lambda value: isinstance(value, str) and holds(value, operand), costs.fuel
        )

    return build


def _contains(operand: object, path: str, costs: Costs) -> Test:
    _check_literal(operand, path, costs)
    fuel = costs.fuel

    def contains(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        if isinstance(value, str):
            return isinstance(operand, str) and operand in value
        if not isinstance(value, list):
            return False
        fuel.spend(len(value))
        return any(same(item, operand) for item in value)

    return over_elements(contains, fuel)


def _size(operand: object, path: str, costs: Costs) -> Test:
    if type(operand) is not int or operand < 0:
        raise FilterError(path, "must be a number of elements, 0 or more")
    return over_lists(lambda value: len(value) == operand, costs.fuel)


def regex(operand: object, path: str, costs: Costs, options: object = "") -> Test:
    """Build the test of `$regex`.

    Args:
        operand: The expression, in RE2's syntax.
        path: Where it stands.
        costs: What the filter weighs.
        options: What stands beside it as `$options`: letters of `_REGEX_OPTIONS`.

    Raises:
        FilterError: One of them is invalid.
    """
    if not isinstance(options, str) or not set(options) <= set(_REGEX_OPTIONS):
        known = ", ".join(_REGEX_OPTIONS)
        raise FilterError(f"{path.rpartition('.')[0]}.$options", f"must be letters of {known}")
    if not isinstance(operand, str):
        raise FilterError(path, "must be a string")
    if len(operand) > MAX_REGEX_LENGTH:
        raise FilterError(path, f"must not have more than {MAX_REGEX_LENGTH} characters")
    flags = f"(?{''.join(sorted(set(options)))})" if options else ""
    search, instructions = _compile_regex(flags + operand, path)
    costs.add_expression(instructions, path)
    fuel = costs.fuel

    def found(value: Any) -> bool:  # noqa: ANN401 - a JSON value
        if not isinstance(value, str):
            return False
        # As bytes, so that a lone surrogate in the value is no match instead of an error.
        text = value[:MAX_TEXT_BYTES].encode("utf-8", "surrogatepass")[:MAX_TEXT_BYTES]
        fuel.spend(1 + len(text) * instructions // _STEPS_PER_UNIT)
        return search(text) is not None

    return over_elements(found, fuel)


def _compile_regex(expression: str, path: str) -> tuple[Callable[[bytes], object], int]:
    """Compile an expression; give what searches for it, and how long its program is."""
    engine = re2.Options()
    engine.max_mem = _REGEX_MEMORY_BYTES
    engine.log_errors = False
    engine.never_capture = True  # nobody asks what a group has found, which costs a multiple
    try:
        compiled = re2.compile(expression.encode(), engine)
    except UnicodeEncodeError:
        raise FilterError(path, "must be valid Unicode") from None
    except re2.error as error:
        detail = error.args[0] if error.args else b""
        said = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise FilterError(
            path, f"is no regular expression (RE2 syntax): {said[:_MAX_ERROR_DETAIL]}"
        ) from None
    return compiled.search, int(compiled.programsize)


OPERATORS: Final[Mapping[str, Builder]] = {
    "$eq": equal,
    "$ne": _not_equal,
    "$gt": _ordering(lambda value, operand: bool(value > operand)),
    "$gte": _ordering(lambda value, operand: bool(value >= operand)),
    "$lt": _ordering(lambda value, operand: bool(value < operand)),
    "$lte": _ordering(lambda value, operand: bool(value <= operand)),
    "$in": _in,
    "$nin": _not_in,
    "$exists": _exists,
    "$regex": regex,
    "$size": _size,
    "$startsWith": _text(str.startswith),
    "$endsWith": _text(str.endswith),
    "$contains": _contains,
}
