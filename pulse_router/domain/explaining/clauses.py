"""The verdicts of a payload filter, clause by clause.

Each clause is compiled by the very compiler that ingest uses, as a filter of its own, so that an
explanation cannot say anything else than the predicate. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from pulse_router.domain.explaining.values import Found, find
from pulse_router.domain.filters.field_paths import Getter, compile_path
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.payloads import Payload

_COMBINES: Final = ("$and", "$or", "$nor")


@attrs.frozen
class Clause:
    """What one operator asks of one field, and whether it holds.

    Attributes:
        path: The field.
        operator: Such as `$gt`; `$eq` where the filter has a bare value.
        operand: What it compares with.
        options: What stands beside a regular expression, if anything does.
        found: What the message has there.
        verdict: Whether it holds.
    """

    path: str
    operator: str
    operand: Any
    options: str | None
    found: Found
    verdict: bool


@attrs.frozen
class Group:
    """Clauses that an operator joins: `$and`, `$or`, `$nor` or `$not`, and whether it holds."""

    operator: str
    clauses: Sequence[Node]
    verdict: bool


Node: TypeAlias = Clause | Group
Explain: TypeAlias = Callable[[Payload], Group]
_ExplainPart: TypeAlias = Callable[[Payload], Node]


def compile_explanation(payload_filter: Mapping[str, Any], fuel: Fuel | None = None) -> Explain:
    """Compile a filter into a function from a payload to the verdict of each of its clauses.

    Args:
        payload_filter: The filter, as decoded from JSON.
        fuel: What it may use up on a payload; without any, it goes on to the end.

    Returns:
        A function that gives the filter as an `$and` of what stands in it. Its verdict is always
        that of the predicate which `compile_filter` makes of the same filter. Raises `TooDear` when
        the fuel is used up.

    Raises:
        FilterError: The filter is invalid.
    """
    compile_filter(payload_filter)  # the parts are valid when the whole is
    return _all_of(_Compiler(Fuel() if fuel is None else fuel).entries(payload_filter))


def _all_of(parts: Sequence[_ExplainPart]) -> Explain:
    def explain(payload: Payload) -> Group:
        clauses = tuple(part(payload) for part in parts)
        return Group("$and", clauses, all(clause.verdict for clause in clauses))

    return explain


class _Compiler:
    """Turns a valid filter into what explains it."""

    def __init__(self, fuel: Fuel) -> None:
        self._fuel = fuel

    def entries(self, payload_filter: Mapping[str, Any]) -> list[_ExplainPart]:
        parts: list[_ExplainPart] = []
        for key, value in payload_filter.items():
            if key == "$not":
                parts.append(_negation(self.entries(value)))
            elif key in _COMBINES:
                parts.append(_combination(key, [self._whole(item) for item in value]))
            else:
                parts.extend(self._conditions(key, value))
        return parts

    def _whole(self, payload_filter: Mapping[str, Any]) -> _ExplainPart:
        """Explain a filter inside of another one: what it is made of, if that is one thing only."""
        parts = self.entries(payload_filter)
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _conditions(self, path: str, condition: object) -> list[_ExplainPart]:
        """Explain what stands behind a field's name: a value, or operators that all must hold."""
        get = compile_path(path, self._fuel)
        if not isinstance(condition, Mapping) or not any(str(key)[:1] == "$" for key in condition):
            return [self._clause(path, get, "$eq", condition)]
        parts: list[_ExplainPart] = []
        for operator, operand in condition.items():
            if operator == "$not":
                parts.append(_negation(self._conditions(path, operand)))
            elif operator == "$options" and "$regex" in condition:
                continue
            else:
                options = condition.get("$options") if operator == "$regex" else None
                parts.append(self._clause(path, get, operator, operand, options))
        return parts

    def _clause(
        self, path: str, get: Getter, operator: str, operand: object, options: str | None = None
    ) -> _ExplainPart:
        beside = {"$options": options} if options is not None else {}
        holds = compile_filter({path: {operator: operand} | beside}, self._fuel).accepts

        def explain(payload: Payload) -> Clause:
            found = find(get(payload), operator, operand)
            return Clause(path, operator, operand, options, found, holds(payload))

        return explain


def _combination(operator: str, parts: Sequence[_ExplainPart]) -> _ExplainPart:
    def explain(payload: Payload) -> Group:
        clauses = tuple(part(payload) for part in parts)
        verdicts = [clause.verdict for clause in clauses]
        verdict = all(verdicts) if operator == "$and" else any(verdicts) is (operator == "$or")
        return Group(operator, clauses, verdict)

    return explain


def _negation(parts: Sequence[_ExplainPart]) -> _ExplainPart:
    def explain(payload: Payload) -> Group:
        clauses = tuple(part(payload) for part in parts)
        return Group("$not", clauses, not all(clause.verdict for clause in clauses))

    return explain
