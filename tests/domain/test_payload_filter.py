"""The laws of payload filters, checked against an evaluator that is slow and obvious."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.payload_filter import compile_filter
from tests.support.filter_oracle import oracle_filter
from tests.support.payload_filters import filters, json_values, names, payloads


@given(filters, payloads)
def test_a_compiled_filter_agrees_with_the_oracle(
    condition: dict[str, Any], payload: dict[str, Any]
) -> None:
    assert compile_filter(condition).accepts(payload) is oracle_filter(condition, payload)


@given(filters, st.dictionaries(names | st.text(), json_values))
def test_evaluation_never_raises(condition: dict[str, Any], payload: dict[str, Any]) -> None:
    assert compile_filter(condition).accepts(payload) in (True, False)


@given(
    st.dictionaries(
        st.text() | st.sampled_from(["$and", "$or", "$not", "$gt", "a.b"]),
        json_values
        | st.dictionaries(
            st.sampled_from(["$gt", "$in", "$regex", "$not", "$exists", "x"]), json_values
        ),
    )
)
def test_any_json_either_compiles_or_is_a_filter_error(condition: dict[str, Any]) -> None:
    try:
        predicate = compile_filter(condition).accepts
    except FilterError:
        return
    assert predicate({"metrics": {"a": 1}}) in (True, False)


# Examples of the contract -------------------------------------------------------------------------

PAYLOAD = {
    "ts": 1,
    "site_id": "SITE-1",
    "status": {"code": 7},
    "tags": ["hot", 3],
    "readings": [{"v": 1, "s": "a"}, {"v": 9, "s": "b"}],
    "metrics": {"temperature": 90, "on": True, "site_id": "metric", "motor.rpm": 5, "off": None},
}


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({}, True),
        ({"temperature": {"$gt": 80}}, True),
        ({"temperature": {"$gt": 80, "$lt": 85}}, False),
        ({"temperature": 90.0}, True),
        ({"temperature": "90"}, False),
        ({"on": 1}, False),
        ({"on": {"$gt": 0}}, False),
        ({"on": True}, True),
        ({"site_id": "metric"}, True),
        ({"metrics.temperature": {"$gte": 90}}, True),
        ({"status.code": 7}, True),
        ({"motor.rpm": 5}, True),
        ({"metrics.motor.rpm": 5}, True),
        ({"tags": {"$contains": "hot"}}, True),
        ({"tags.1": 3}, True),
        ({"off": None}, True),
        ({"gone": None}, False),
        ({"gone": {"$exists": False}}, True),
        ({"gone": {"$ne": 1}}, True),
        ({"gone": {"$nin": [1]}}, True),
        ({"gone": {"$not": {"$gt": 1}}}, True),
        ({"gone": {"$lt": 1}}, False),
        ({"gone": {"$in": [None]}}, False),
        ({"tags": "hot"}, True),
        ({"tags": {"$in": ["cold", 3]}}, True),
        ({"tags": {"$ne": "hot"}}, False),
        ({"tags": {"$nin": ["hot"]}}, False),
        ({"tags": ["hot", 3]}, True),
        ({"tags": {"$gt": 2}}, True),
        ({"tags": {"$regex": "^HO", "$options": "i"}}, True),
        ({"tags": {"$size": 2}}, True),
        ({"tags": {"$all": [3, "hot"]}}, True),
        ({"tags": {"$all": [3, "cold"]}}, False),
        ({"readings.v": {"$gt": 8}}, True),
        ({"readings.v": 10}, False),
        ({"readings.1.v": 9}, True),
        ({"readings": {"$elemMatch": {"v": {"$gt": 8}, "s": "b"}}}, True),
        ({"readings": {"$elemMatch": {"v": {"$gt": 8}, "s": "a"}}}, False),
        ({"readings.s": {"$all": ["a", "b"]}}, True),
        ({"tags": {"$elemMatch": {"$gte": 3, "$lt": 4}}}, True),
        ({"status": {"$elemMatch": {"code": 7}}}, False),
        ({"$or": [{"temperature": 1}, {"on": True}]}, True),
        ({"$nor": [{"temperature": 1}, {"on": True}]}, False),
    ],
)
def test_the_contract_by_example(condition: dict[str, Any], passes: bool) -> None:
    assert compile_filter(condition).accepts(PAYLOAD) is passes


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ([], ""),
        ({"temperature": {"$gt": None}}, "temperature.$gt"),
        ({"temperature": {"$gt": True}}, "temperature.$gt"),
        ({"temperature": {"$above": 1}}, "temperature.$above"),
        ({"temperature": {"$gt": 1, "x": 2}}, "temperature.x"),
        ({"$or": []}, "$or"),
        ({"$or": [{}, {"a": {"$in": 3}}]}, "$or.1.a.$in"),
        ({"$xor": [{}]}, "$xor"),
        ({"$not": 3}, "$not"),
        ({"a": {"$not": {"$regex": "("}}}, "a.$not.$regex"),
        ({"a": {"$regex": "(?=x)"}}, "a.$regex"),
        ({"a": {"$exists": 1}}, "a.$exists"),
        ({"a": {"b": {"$gt": 1}}}, "a.b.$gt"),
        ({"a..b": 1}, "a..b"),
        ({"a": {"$regex": "a" * 1001}}, "a.$regex"),
        ({"a": {"$in": list(range(1001))}}, "a.$in"),
        ({"a": {"$regex": "a", "$options": "x"}}, "a.$options"),
        ({"a": {"$options": "i"}}, "a.$options"),
        ({"a": {"$size": -1}}, "a.$size"),
        ({"a": {"$size": True}}, "a.$size"),
        ({"a": {"$all": 3}}, "a.$all"),
        ({"a": {"$all": [1, {"$gt": 1}]}}, "a.$all.1.$gt"),
        ({"a": {"$elemMatch": {}}}, "a.$elemMatch"),
        ({"a": {"$elemMatch": {"x": {"$in": 3}}}}, "a.$elemMatch.x.$in"),
    ],
)
def test_a_fault_is_reported_with_its_path(condition: Any, path: str) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(condition)
    assert caught.value.path == path


def test_a_filter_that_nests_too_deep_or_has_too_many_conditions_is_refused() -> None:
    deep = json.loads('{"$not":' * 100 + "{}" + "}" * 100)
    with pytest.raises(FilterError, match="deeper"):
        compile_filter(deep)
    with pytest.raises(FilterError, match="more than"):
        compile_filter({f"field{number}": 1 for number in range(300)})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*)*x", "(a|b|ab)*c"])
def test_no_regular_expression_hangs(pattern: str) -> None:
    predicate = compile_filter({"text": {"$regex": pattern}}).accepts
    started = time.process_time()
    predicate({"metrics": {"text": "a" * 65_536 + "!"}})
    # A backtracking engine would need longer than the age of the universe.
    assert time.process_time() - started < 30


def test_a_lone_surrogate_is_no_match_instead_of_an_error() -> None:
    assert compile_filter({"text": {"$regex": "^temp"}}).accepts({"text": "\ud800temp"}) is False
