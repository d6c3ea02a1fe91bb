"""The operators of templates, as closures over a scope; what is allowed is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from jinja2 import nodes

from pulse_router.domain.templates.limits import Allowance
from pulse_router.domain.templates.scope import Expression, Scope
from pulse_router.domain.templates.values import (
    add,
    contains,
    divide,
    element,
    equal,
    field,
    less,
    less_or_equal,
    multiply,
    subtract,
    to_text,
    unequal,
)

Comparison: TypeAlias = Callable[[Any, Any, Allowance], bool | None]


def constant(value: Any) -> Expression:  # noqa: ANN401 - a JSON value
    """Give a literal."""
    return lambda _: value


def look_up(name: str) -> Expression:
    """Look for a metric, then for a field of the payload."""

    def looked_up(scope: Scope) -> Any:  # noqa: ANN401 - a JSON value
        metrics = scope.metrics
        return metrics[name] if name in metrics else scope.payload.get(name)

    return looked_up


def get_field(of: Expression, name: str) -> Expression:
    """Give a field of an object."""
    return lambda scope: field(of(scope), name)


def get_element(of: Expression, place: int) -> Expression:
    """Give an element of a list."""
    return lambda scope: element(of(scope), place)


def apply(change: Callable[[Any], Any], of: Expression) -> Expression:
    """Apply a function to a value."""
    return lambda scope: change(of(scope))


def negated(of: Expression) -> Expression:
    """Give the contrary; what is missing is as good as false."""
    return lambda scope: not of(scope)


def conditional(test: Expression, then: Expression, otherwise: Expression) -> Expression:
    """Give one of two."""
    return lambda scope: then(scope) if test(scope) else otherwise(scope)


def join(parts: Sequence[Expression]) -> Expression:
    """Join values to a text."""

    def joined(scope: Scope) -> str:
        allowance = scope.allowance
        texts = [to_text(part(scope), allowance) for part in parts]
        allowance.spend(sum(map(len, texts)))
        return "".join(texts)

    return joined


def listed(items: Sequence[Expression]) -> Expression:
    """Make the list behind `in`."""
    return lambda scope: [item(scope) for item in items]


def compare(of: Expression, steps: Sequence[tuple[Comparison, Expression]]) -> Expression:
    """Compare a value with others, each with the next: a < b < c."""
    if len(steps) == 1:
        [(comparison, right)] = steps
        return lambda scope: comparison(of(scope), right(scope), scope.allowance)

    def compared(scope: Scope) -> bool | None:
        left, verdict = of(scope), None
        for comparison, right in steps:
            value = right(scope)
            verdict = comparison(left, value, scope.allowance)
            if not verdict:
                break
            left = value
        return verdict

    return compared


def _calculate(change: Callable[[Any, Any], Any]) -> Callable[[Expression, Expression], Expression]:
    return lambda left, right: lambda scope: change(left(scope), right(scope))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda scope: left(scope) and right(scope)


def _either(left: Expression, right: Expression) -> Expression:
    return lambda scope: left(scope) or right(scope)


def _contained(value: Any, held: Any, allowance: Allowance) -> bool | None:  # noqa: ANN401
    return contains(held, value, allowance)


def _not_contained(value: Any, held: Any, allowance: Allowance) -> bool | None:  # noqa: ANN401
    found = contains(held, value, allowance)
    return None if found is None else not found


BINARY: Final[Mapping[type[nodes.Node], Callable[[Expression, Expression], Expression]]] = {
    nodes.Add: _calculate(add),
    nodes.Sub: _calculate(subtract),
    nodes.Mul: _calculate(multiply),
    nodes.Div: _calculate(divide),
    nodes.And: _both,
    nodes.Or: _either,
}
COMPARISONS: Final[Mapping[str, Comparison]] = {
    "eq": lambda left, right, _: equal(left, right),
    "ne": lambda left, right, _: unequal(left, right),
    "lt": lambda left, right, _: less(left, right),
    "gt": lambda left, right, _: less(right, left),
    "lteq": lambda left, right, _: less_or_equal(left, right),
    "gteq": lambda left, right, _: less_or_equal(right, left),
    "in": _contained,
    "notin": _not_contained,
}
