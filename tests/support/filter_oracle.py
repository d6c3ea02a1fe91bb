"""An evaluator of payload filters that is slow and obvious."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

NOTHING = object()


def oracle_filter(condition: dict[str, Any], payload: dict[str, Any]) -> bool:
    results = []
    for key, value in condition.items():
        if key == "$and":
            results.append(all(oracle_filter(part, payload) for part in value))
        elif key == "$or":
            results.append(any(oracle_filter(part, payload) for part in value))
        elif key == "$nor":
            results.append(not any(oracle_filter(part, payload) for part in value))
        elif key == "$not":
            results.append(not oracle_filter(value, payload))
        else:
            results.append(oracle_condition(value, oracle_lookup(key, payload)))
    return all(results)


def oracle_lookup(name: str, payload: dict[str, Any]) -> Any:
    metrics = payload.get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    if "." not in name:
        return metrics.get(name, payload.get(name, NOTHING))
    parts = name.split(".")
    if parts[0] in payload:
        return oracle_walk(payload[parts[0]], parts[1:])
    found = oracle_walk(metrics, parts)
    return payload.get(name, NOTHING) if found is NOTHING else found


def oracle_walk(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    if isinstance(value, list):
        places = {str(place): item for place, item in enumerate(value)}
        return oracle_walk(places[parts[0]], parts[1:]) if parts[0] in places else NOTHING
    if not isinstance(value, dict):
        return NOTHING
    if ".".join(parts) in value:  # a name with dots in it
        return value[".".join(parts)]
    return oracle_walk(value[parts[0]], parts[1:]) if parts[0] in value else NOTHING


def canonical(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return ("other", value)
    if isinstance(value, list):
        return ("list", [canonical(item) for item in value])
    if isinstance(value, dict):
        return ("dict", sorted((key, repr(canonical(value[key]))) for key in value))
    return ("number", float(value)) if isinstance(value, int | float) else ("text", value)


def kind(value: Any) -> str:
    return str(canonical(value)[0]) if value is not NOTHING else "nothing"


def oracle_condition(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict) or not any(key.startswith("$") for key in condition):
        return value is not NOTHING and canonical(value) == canonical(condition)
    return all(ORACLE_OPERATORS[name](value, operand) for name, operand in condition.items())


def comparable(value: Any, operand: Any) -> bool:
    return kind(value) == kind(operand) and kind(value) in {"number", "text"}


def equal(value: Any, operand: Any) -> bool:
    return value is not NOTHING and bool(canonical(value) == canonical(operand))


def contains(value: Any, operand: Any) -> bool:
    if isinstance(value, list):
        return any(equal(item, operand) for item in value)
    return isinstance(value, str) and isinstance(operand, str) and operand in value


ORACLE_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": equal,
    "$ne": lambda value, operand: not equal(value, operand),
    "$in": lambda value, operand: any(equal(value, item) for item in operand),
    "$nin": lambda value, operand: not any(equal(value, item) for item in operand),
    "$gt": lambda value, operand: comparable(value, operand) and value > operand,
    "$gte": lambda value, operand: comparable(value, operand) and value >= operand,
    "$lt": lambda value, operand: comparable(value, operand) and value < operand,
    "$lte": lambda value, operand: comparable(value, operand) and value <= operand,
    "$exists": lambda value, operand: (value is not NOTHING) == operand,
    "$regex": lambda value, operand: isinstance(value, str) and bool(re.search(operand, value)),
    "$startsWith": lambda value, operand: isinstance(value, str) and value.startswith(operand),
    "$endsWith": lambda value, operand: isinstance(value, str) and value.endswith(operand),
    "$contains": contains,
    "$not": lambda value, operand: not oracle_condition(operand, value),
}
