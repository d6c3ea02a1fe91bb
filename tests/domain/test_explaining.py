"""The laws of explanations: they say what the predicate says, and name what decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.explaining.clauses import Clause, Node, compile_explanation
from pulse_router.domain.explaining.topics import explain_topic, say_topic
from pulse_router.domain.explaining.values import Presence
from pulse_router.domain.explaining.words import say
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.field_paths import MISSING, compile_path
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.topics import topic_matches
from tests.support.payload_filters import filters, json_values, names, payloads


def clauses_of(node: Node) -> Iterator[Clause]:
    if isinstance(node, Clause):
        yield node
    else:
        for inner in node.clauses:
            yield from clauses_of(inner)


def holds(node: Node) -> bool:
    """Judge a tree by its leaves alone."""
    if isinstance(node, Clause):
        return node.verdict
    verdicts = [holds(inner) for inner in node.clauses]
    return {
        "$and": all(verdicts),
        "$or": any(verdicts),
        "$nor": not any(verdicts),
        "$not": not all(verdicts),
    }[node.operator]


@given(filters, payloads | st.dictionaries(names | st.text(), json_values))
def test_explanation_and_predicate_agree(
    condition: dict[str, Any], payload: dict[str, Any]
) -> None:
    explained = compile_explanation(condition)(payload)
    assert explained.verdict is compile_filter(condition).accepts(payload)
    assert explained.verdict is holds(explained)


@given(filters, payloads)
def test_a_clause_says_what_its_path_finds(
    condition: dict[str, Any], payload: dict[str, Any]
) -> None:
    for clause in clauses_of(compile_explanation(condition)(payload)):
        is_missing = compile_path(clause.path, Fuel())(payload) is MISSING
        assert (clause.found.presence is Presence.MISSING) is is_missing
        if clause.found.presence is Presence.OTHER_TYPE:
            asks_for_other = clause.operator in ("$ne", "$nin")
            assert clause.verdict is asks_for_other, "what is of another type meets no operator"


@given(filters, payloads | st.dictionaries(names | st.text(), json_values))
def test_a_sentence_never_fails_and_is_short(
    condition: dict[str, Any], payload: dict[str, Any]
) -> None:
    for clause in clauses_of(compile_explanation(condition)(payload)):
        assert 0 < len(say(clause)) < 800
    assert say(compile_explanation(condition)(payload))


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"temperature": {"$gt": 80}}, "temperature 91.2 > 80 holds"),
        ({"temperature": {"$lt": 5}}, "temperature 91.2 < 5 does not hold"),
        ({"temperature": {"$gt": 5, "$lt": 90}}, "temperature 91.2 < 90 does not hold"),
        ({"humidity": {"$gt": 5}}, "humidity is missing: > 5 does not hold"),
        (
            {"state": {"$gt": 5}},
            'state is the string "hot", not number: > 5 does not hold',
        ),
        ({"state": ["a"]}, 'state is the string "hot", not array: = ["a"] does not hold'),
        (
            {"state": {"$in": ["cold", "off"]}},
            'state "hot" is one of ["cold", "off"] does not hold',
        ),
        (
            {"state": {"$regex": "^C", "$options": "i"}},
            'state "hot" matches "^C" (i) does not hold',
        ),
        ({"humidity": {"$exists": True}}, "humidity is missing: that it is there does not hold"),
        (
            {"$or": [{"state": "off"}, {"temperature": {"$lt": 0}}]},
            (
                'none of 2 holds: state "hot" = "off" does not hold; '
                "temperature 91.2 < 0 does not hold"
            ),
        ),
        ({"$nor": [{"state": "hot"}]}, 'may not hold: state "hot" = "hot" holds'),
        (
            {"state": {"$not": {"$eq": "hot"}}},
            'not all may hold, and all do: state "hot" = "hot" holds',
        ),
        ({}, "there is nothing to hold"),
    ],
)
def test_what_decided_is_said_in_a_sentence(condition: dict[str, Any], sentence: str) -> None:
    payload = {"metrics": {"temperature": 91.2, "state": "hot"}}
    assert say(compile_explanation(condition)(payload)) == sentence


def test_a_filter_that_is_invalid_is_not_explained() -> None:
    with pytest.raises(FilterError):
        compile_explanation({"t": {"$near": 1}})


levels = st.sampled_from(["tenant", "a", "b", "", "$SYS"])
topics = st.lists(levels, min_size=1, max_size=5).map("/".join).filter(bool)
topic_filters = st.builds(
    lambda parts, below: "/".join(parts + (["#"] if below else [])),
    st.lists(levels | st.just("+"), min_size=1, max_size=5),
    st.booleans(),
).filter(bool)


@given(topic_filters, topics)
def test_the_level_that_differs_is_the_one_that_keeps_a_filter_from_fitting(
    topic_filter: str, topic: str
) -> None:
    told = explain_topic(topic_filter, topic)
    assert told.verdict is topic_matches(topic_filter, topic)
    assert say_topic(told)
    if told.level is None:
        return
    # With what the topic has there instead, nothing before it is in the way any more.
    assert told.wanted != told.found
    before = topic_filter.split("/")[: told.level - 1]
    beginning = topic.split("/")[: told.level - 1]
    if before:
        assert topic_matches("/".join(before), "/".join(beginning))


@pytest.mark.parametrize(
    ("topic_filter", "topic", "sentence"),
    [
        ("tenant/T/+/#", "tenant/T/device/D", "topic fits"),
        (
            "tenant/T/sensor/#",
            "tenant/T/device/D",
            'topic does not fit: level 3 is "device", not "sensor"',
        ),
        ("a/b/c", "a/b", 'topic does not fit: it ends before level 3, "c"'),
        ("a/b", "a/b/c", 'topic does not fit: it goes on at level 3 with "c"'),
        (
            "#",
            "$SYS/a",
            'topic does not fit: "#" stands for no level that begins with "$"',
        ),
    ],
)
def test_the_level_that_differs_is_said(topic_filter: str, topic: str, sentence: str) -> None:
    assert say_topic(explain_topic(topic_filter, topic)) == sentence
