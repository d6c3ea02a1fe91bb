"""An evaluator of payload filters that is slow and obvious."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def oracle_filter(
    condition: dict[str, Any], payload: dict[str, Any], *, in_element: bool = False
) -> bool:
    def again(part: dict[str, Any]) -> bool:
        return oracle_filter(part, payload, in_element=in_element)

    results = []
    for key, value in condition.items():
        if key == "$and":
            results.append(all(map(again, value)))
        elif key == "$or":
            results.append(any(map(again, value)))
        elif key == "$nor":
            results.append(not any(map(again, value)))
        elif key == "$not":
            results.append(not again(value))
        elif in_element:
            results.append(oracle_condition(value, oracle_walk(payload, key.split("."))))
        else:
            results.append(oracle_condition(value, oracle_lookup(key, payload)))
    return all(results)


def oracle_lookup(name: str, payload: dict[str, Any]) -> list[Any]:
    """All values that a name finds."""
    metrics = payload.get("metrics")
    if "." not in name:
        if isinstance(metrics, dict) and name in metrics:
            return [metrics[name]]
        return [payload[name]] if name in payload else []
    parts = name.split(".")
    if parts[0] in payload:
        return oracle_walk(payload[parts[0]], parts[1:])
    found = oracle_walk(metrics, parts)
    return found or ([payload[name]] if name in payload else [])


def oracle_walk(value: Any, parts: list[str]) -> list[Any]:
    if not parts:
        return [value]
    if isinstance(value, list):
        places = {str(place): item for place, item in enumerate(value)}
        found = oracle_walk(places[parts[0]], parts[1:]) if parts[0] in places else []
        for item in value:
            if isinstance(item, dict):
                found = found + oracle_walk(item, parts)
        return found
    if not isinstance(value, dict):
        return []
    if ".".join(parts) in value:  # a name with dots in it
        return [value[".".join(parts)]]
    return oracle_walk(value[parts[0]], parts[1:]) if parts[0] in value else []


def canonical(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return ("other", value)
    if isinstance(value, list):
        return ("list", [canonical(item) for item in value])
    if isinstance(value, dict):
        return ("dict", sorted((key, repr(canonical(value[key]))) for key in value))
    return ("number", float(value)) if isinstance(value, int | float) else ("text", value)


def kind(value: Any) -> str:
    return str(canonical(value)[0])


def oracle_condition(condition: Any, values: list[Any]) -> bool:
    if not isinstance(condition, dict) or not any(key.startswith("$") for key in condition):
        return some(equal)(values, condition)
    results = []
    for name, operand in condition.items():
        if name == "$regex":
            flags = f"(?{condition['$options']})" if condition.get("$options") else ""
            results.append(some(matches)(values, flags + operand))
        elif name != "$options":
            results.append(ORACLE_OPERATORS[name](values, operand))
    return all(results)


def some(holds: Callable[[Any, Any], bool]) -> Callable[[list[Any], Any], bool]:
    """An element meets it, or a list as a whole."""

    def of(values: list[Any], operand: Any) -> bool:
        elements = [item for value in values if isinstance(value, list) for item in value]
        return any(holds(value, operand) for value in [*values, *elements])

    return of


def comparable(value: Any, operand: Any) -> bool:
    return kind(value) == kind(operand) and kind(value) in {"number", "text"}


def equal(value: Any, operand: Any) -> bool:
    return bool(canonical(value) == canonical(operand))


def one_of(value: Any, operand: Any) -> bool:
    return any(equal(value, item) for item in operand)


def contains(value: Any, operand: Any) -> bool:
    if isinstance(value, list):
        return any(equal(item, operand) for item in value)
    return isinstance(value, str) and isinstance(operand, str) and operand in value


def matches(value: Any, operand: Any) -> bool:
    return isinstance(value, str) and bool(re.search(operand, value))


def lists(values: list[Any]) -> list[list[Any]]:
    return [value for value in values if isinstance(value, list)]


def meets_all(values: list[Any], operand: list[Any]) -> bool:
    def is_met(item: Any) -> bool:
        if isinstance(item, dict) and "$elemMatch" in item:
            return oracle_condition(item, values)
        return some(equal)(values, item)

    return bool(operand) and all(map(is_met, operand))


def has_element(values: list[Any], operand: dict[str, Any]) -> bool:
    first = next(iter(operand))
    if first.startswith("$") and first not in {"$and", "$or", "$nor"}:
        return any(oracle_condition(operand, [item]) for each in lists(values) for item in each)
    return any(
        isinstance(item, dict) and oracle_filter(operand, item, in_element=True)
        for each in lists(values)
        for item in each
    )


ORACLE_OPERATORS: dict[str, Callable[[list[Any], Any], bool]] = {
    "$eq": some(equal),
    "$ne": lambda values, operand: not some(equal)(values, operand),
    "$in": some(one_of),
    "$nin": lambda values, operand: not some(one_of)(values, operand),
    "$gt": some(lambda value, operand: comparable(value, operand) and value > operand),
    "$gte": some(lambda value, operand: comparable(value, operand) and value >= operand),
    "$lt": some(lambda value, operand: comparable(value, operand) and value < operand),
    "$lte": some(lambda value, operand: comparable(value, operand) and value <= operand),
    "$exists": lambda values, operand: bool(values) == operand,
    "$startsWith": some(
        lambda value, operand: isinstance(value, str) and value.startswith(operand)
    ),
    "$endsWith": some(lambda value, operand: isinstance(value, str) and value.endswith(operand)),
    "$contains": some(contains),
    "$size": lambda values, operand: any(len(each) == operand for each in lists(values)),
    "$all": meets_all,
    "$elemMatch": has_element,
    "$not": lambda values, operand: not oracle_condition(operand, values),
}
