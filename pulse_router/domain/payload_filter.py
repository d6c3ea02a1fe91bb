"""Payload filters: a MongoDB-style condition, compiled once into a predicate.

It knows nothing of routes or topics. A compiled filter never raises, whatever the payload: a
type that does not fit is no match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pulse_router.domain.field_paths import Getter, compile_path
from pulse_router.domain.filter_operators import (
    MAX_DEPTH,
    OPERATORS,
    FilterError,
    Test,
    equal,
    join,
    negated,
)
from pulse_router.domain.routes import Payload, Predicate

MAX_CONDITIONS: Final = 256


def compile_filter(payload_filter: Mapping[str, Any]) -> Predicate:
    """Compile a filter into a predicate over decoded payloads.

    Args:
        payload_filter: The filter, as decoded from JSON.

    Returns:
        A function from a payload (a dictionary with `metrics` inside) to whether it passes.

    Raises:
        FilterError: The filter is invalid.
    """
    return _Compiler().filter(payload_filter, "", 0)


class _Compiler:
    """Turns one filter into closures, and counts its conditions."""

    def __init__(self) -> None:
        self._conditions = 0

    def filter(self, obj: object, path: str, depth: int) -> Predicate:
        if not isinstance(obj, Mapping):
            raise FilterError(path, "must be an object of fields and conditions")
        if depth > MAX_DEPTH:
            raise FilterError(path, f"must not nest deeper than {MAX_DEPTH} levels")
        return _all([self._entry(key, value, path, depth) for key, value in obj.items()])

    def _entry(self, key: object, value: object, path: str, depth: int) -> Predicate:
        if not isinstance(key, str) or not key:
            raise FilterError(path, "a field name must not be empty")
        here = join(path, key)
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise FilterError(here, f"a filter must not have more than {MAX_CONDITIONS} conditions")
        if not key.startswith("$"):
            return _ask(_path(key, here), self.condition(value, here, depth + 1))
        if key == "$not":
            return negated(self.filter(value, here, depth + 1))
        if key not in _COMBINE:
            allowed = ", ".join([*_COMBINE, "$not"])
            raise FilterError(here, f"is no operator here; allowed are field names and {allowed}")
        if not isinstance(value, list) or not value:
            raise FilterError(here, "must be a list of at least one filter")
        return _COMBINE[key](
            [self.filter(item, f"{here}.{number}", depth + 1) for number, item in enumerate(value)]
        )

    def condition(self, obj: object, path: str, depth: int) -> Test:
        """Compile what stands behind a field's name."""
        if depth > MAX_DEPTH:
            raise FilterError(path, f"must not nest deeper than {MAX_DEPTH} levels")
        operators = (
            [key for key in obj if str(key).startswith("$")] if isinstance(obj, Mapping) else []
        )
        if not isinstance(obj, Mapping) or not operators:
            return equal(obj, path)
        tests = []
        for name, operand in obj.items():
            if name not in operators:
                raise FilterError(join(path, name), "operators and field names must not be mixed")
            tests.append(self._operator(name, operand, join(path, name), depth))
        return _all(tests)

    def _operator(self, name: str, operand: object, path: str, depth: int) -> Test:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise FilterError(path, f"a filter must not have more than {MAX_CONDITIONS} conditions")
        if name == "$not":
            return negated(self.condition(operand, path, depth + 1))
        build = OPERATORS.get(name)
        if build is None:
            allowed = ", ".join([*OPERATORS, "$not"])
            raise FilterError(path, f"is no operator; allowed are {allowed}")
        return build(operand, path)


def _path(key: str, path: str) -> Getter:
    try:
        return compile_path(key)
    except ValueError as error:
        raise FilterError(path, str(error)) from None


def _ask(get: Getter, test: Test) -> Predicate:
    return lambda payload: test(get(payload))


def _all(tests: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    if len(tests) == 1:
        return tests[0]

    def every(value: Any) -> bool:  # noqa: ANN401 - a JSON value or a payload
        for test in tests:  # noqa: SIM110 - a loop costs half of all() with a generator
            if not test(value):
                return False
        return True

    return every


def _any(tests: list[Predicate]) -> Predicate:
    def some(payload: Payload) -> bool:
        for test in tests:  # noqa: SIM110 - a loop costs half of any() with a generator
            if test(payload):
                return True
        return False

    return some


def _none(tests: list[Predicate]) -> Predicate:
    return negated(_any(tests))


_COMBINE: Final[Mapping[str, Callable[[list[Predicate]], Predicate]]] = {
    "$and": _all,
    "$or": _any,
    "$nor": _none,
}
