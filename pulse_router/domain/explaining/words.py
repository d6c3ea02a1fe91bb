"""Verdicts in words: one sentence for what decided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.explaining.clauses import Clause, Node
from pulse_router.domain.explaining.values import Found, Presence, beginning, type_name

MAX_SHOWN: Final = 80
"""How many characters of a value stand in a sentence."""

_WORDS: Final[Mapping[str, str]] = {
    "$eq": "=",
    "$ne": "≠",
    "$gt": ">",
    "$gte": "≥",
    "$lt": "<",
    "$lte": "≤",
    "$in": "is one of",
    "$nin": "is none of",
    "$regex": "matches",
    "$startsWith": "starts with",
    "$endsWith": "ends with",
    "$contains": "contains",
    "$size": "has so many elements:",
    "$all": "has all of",
    "$elemMatch": "has an element that meets",
}
_ARTICLES: Final[Mapping[str, str]] = {"null": "null", "object": "an object", "array": "an array"}


def say(node: Node) -> str:
    """Say of a clause or a group whether it holds, and why.

    Of a group that does not hold, those clauses are named that are to blame; of one that holds,
    all that make it hold.
    """
    if isinstance(node, Clause):
        return _clause(node)
    failing = [clause for clause in node.clauses if not clause.verdict]
    holding = [clause for clause in node.clauses if clause.verdict]
    intro, named = {
        ("$and", True): ("", holding),
        ("$and", False): ("", failing),
        ("$or", True): ("", holding[:1]),
        ("$or", False): (f"none of {len(failing)} holds: ", failing),
        ("$nor", True): ("none may hold, and none does: ", failing),
        ("$nor", False): ("may not hold: ", holding),
        ("$not", True): ("not all may hold: ", failing),
        ("$not", False): ("not all may hold, and all do: ", holding),
    }[node.operator, node.verdict]
    return intro + _listed(named) if named else "there is nothing to hold"


def _listed(nodes: Sequence[Node]) -> str:
    return "; ".join(map(say, nodes))


def _clause(clause: Clause) -> str:
    holds = "holds" if clause.verdict else "does not hold"
    if clause.operator == "$exists":
        there = "is missing" if clause.found.presence is Presence.MISSING else "is there"
        return f"{clause.path} {there}: that it {_exists(clause.operand)} {holds}"
    asked = f"{_WORDS[clause.operator]} {_shown(clause.operand)}"
    if clause.options:
        asked += f" ({clause.options})"
    match clause.found.presence:
        case Presence.MISSING:
            return f"{clause.path} is missing: {asked} {holds}"
        case Presence.OTHER_TYPE:
            return f"{clause.path} is {_kind(clause.found)}: {asked} {holds}"
    return f"{clause.path} {_shown(clause.found.value)} {asked} {holds}"


def _exists(operand: object) -> str:
    return "is there" if operand is True else "is missing"


def _kind(found: Found) -> str:
    name = type_name(found.value)
    kind = _ARTICLES.get(name, f"the {name} {_shown(found.value)}")
    return f"{kind}, not {' or '.join(found.wanted)}"


def _shown(value: object) -> str:
    copy, is_all = beginning(value, MAX_SHOWN)
    text = json.dumps(copy, ensure_ascii=False)
    return text if is_all and len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
