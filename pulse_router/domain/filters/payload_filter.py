"""Payload filters: a MongoDB-style condition, compiled once into a predicate.

It knows nothing of routes or topics. A compiled filter raises for no payload, only when its fuel is
used up: a type that does not fit is no match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import msgspec

from pulse_router.domain.filters.costs import Costs
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.field_paths import Getter, compile_path, compile_path_in_element
from pulse_router.domain.filters.operators import (
    MAX_DEPTH,
    OPERATORS,
    Test,
    equal,
    join,
    negated,
    over_lists,
    regex,
)
from pulse_router.domain.filters.weight import MAX_WEIGHT_BYTES, Fuel
from pulse_router.domain.payloads import Payload, Predicate

MAX_CONDITIONS: Final = 256


@attrs.frozen
class CompiledFilter:
    """A filter that is ready to be asked.

    Attributes:
        accepts: Tells of a payload (a dictionary with `metrics` inside) whether it passes. Raises
            `TooDear` when the fuel is used up before it is known.
        excess: By what it weighs more than a filter may that is saved today; None for any other.
    """

    accepts: Predicate
    excess: FilterError | None


def compile_filter(payload_filter: Mapping[str, Any], fuel: Fuel | None = None) -> CompiledFilter:
    """Compile a filter, whatever it weighs.

    Args:
        payload_filter: The filter, as decoded from JSON.
        fuel: What it may use up on a payload; without any, it goes on to the end.

    Raises:
        FilterError: The filter is invalid.
    """
    compiler = _Compiler(Fuel() if fuel is None else fuel)
    accepts = compiler.filter(payload_filter, "", 0)
    return CompiledFilter(accepts, _excess(payload_filter, compiler.costs))


def check_filter(payload_filter: Mapping[str, Any]) -> None:
    """Check a filter that is to be saved.

    Raises:
        FilterError: It is invalid, or weighs too much.
    """
    if (too_long := _excess_bytes(payload_filter)) is not None:
        raise too_long  # before anything of it is looked at
    compiler = _Compiler(Fuel(), is_strict=True)
    compiler.filter(payload_filter, "", 0)
    if (excess := compiler.costs.excess()) is not None:
        raise excess


def _excess_bytes(payload_filter: Mapping[str, Any]) -> FilterError | None:
    try:
        weight = len(msgspec.json.encode(payload_filter))
    except (UnicodeEncodeError, TypeError, RecursionError):
        return None  # what it is, is found out when it is compiled
    if weight <= MAX_WEIGHT_BYTES:
        return None
    return FilterError("", f"must not be longer than {MAX_WEIGHT_BYTES} bytes, but is {weight}")


def _excess(payload_filter: Mapping[str, Any], costs: Costs) -> FilterError | None:
    return costs.excess() or _excess_bytes(payload_filter)


class _Compiler:
    """Turns one filter into closures, and counts its conditions and what they weigh."""

    def __init__(self, fuel: Fuel, *, is_strict: bool = False) -> None:
        self.costs = Costs(fuel, is_strict=is_strict)
        self._conditions = 0
        self._compile_path = compile_path

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
        self._count(here)
        if not key.startswith("$"):
            return _ask(self._path(key, here), self.condition(value, here, depth + 1))
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
            return equal(obj, path, self.costs)
        tests = []
        for name, operand in obj.items():
            if name not in operators:
                raise FilterError(join(path, name), "operators and field names must not be mixed")
            if name == "$options" and "$regex" in obj:
                continue  # it belongs to the expression
            here = join(path, name)
            self._count(here)
            if name == "$regex":
                tests.append(regex(operand, here, self.costs, obj.get("$options", "")))
            else:
                tests.append(self._operator(name, operand, here, depth))
        return _all(tests)

    def _operator(self, name: str, operand: object, path: str, depth: int) -> Test:
        match name:
            case "$not":
                return negated(self.condition(operand, path, depth + 1))
            case "$all":
                return self._all_of(operand, path, depth)
            case "$elemMatch":
                return self._element(operand, path, depth)
        build = OPERATORS.get(name)
        if build is None:
            allowed = ", ".join([*OPERATORS, "$all", "$elemMatch", "$not"])
            raise FilterError(path, f"is no operator; allowed are {allowed}")
        return build(operand, path, self.costs)

    def _all_of(self, operand: object, path: str, depth: int) -> Test:
        """Compile `$all`: each of its values is met, by whichever element."""
        if not isinstance(operand, list):
            raise FilterError(path, "must be a list of values")
        if not operand:
            return lambda _value: False
        tests = []
        for number, item in enumerate(operand):
            here = f"{path}.{number}"
            self._count(here)
            if isinstance(item, Mapping) and "$elemMatch" in item:
                tests.append(self.condition(item, here, depth + 1))
            else:
                tests.append(equal(item, here, self.costs))
        return _all(tests)

    def _element(self, operand: object, path: str, depth: int) -> Test:
        """Compile `$elemMatch`: one element meets all of its conditions."""
        if not isinstance(operand, Mapping) or not operand:
            raise FilterError(path, "must be an object of conditions")
        if str(next(iter(operand))) in _COMBINE or not str(next(iter(operand))).startswith("$"):
            outer, self._compile_path = self._compile_path, compile_path_in_element
            test: Test = self.filter(operand, path, depth + 1)
            self._compile_path = outer
            is_object = test
            return over_lists(
                lambda items: any(type(item) is dict and is_object(item) for item in items),
                self.costs.fuel,
            )
        condition = self.condition(operand, path, depth + 1)
        return over_lists(lambda items: any(map(condition, items)), self.costs.fuel)

    def _count(self, path: str) -> None:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise FilterError(path, f"a filter must not have more than {MAX_CONDITIONS} conditions")

    def _path(self, key: str, path: str) -> Getter:
        try:
            return self._compile_path(key, self.costs.fuel)
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
