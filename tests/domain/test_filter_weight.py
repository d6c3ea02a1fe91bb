"""What a payload filter may weigh, and what it may cost on one message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.heavy import HeavyFilter, read_filter, says_same
from pulse_router.domain.filters.payload_filter import check_filter, compile_filter
from pulse_router.domain.filters.values import Members, key_of, same
from pulse_router.domain.filters.weight import (
    FUEL_PER_FILTER,
    MAX_TEXT_BYTES,
    MAX_WEIGHT_BYTES,
    Fuel,
    TooDear,
)
from tests.support.work import work_of

HEAVY: dict[str, dict[str, Any]] = {
    "": {"x": "y" * MAX_WEIGHT_BYTES},
    "x.$regex": {"x": {"$regex": "([a-h]{1,30}){1,30}z"}},
}
MANY_VALUES = {"x": {"$in": list(range(1000))}, "y": {"$in": [[0] * 999]}, "z": {"$nin": [1, 2]}}
THOUSAND_LISTS = {"x": {"$in": [[0] * 479 + [number] for number in range(1, 1001)]}}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 1)
    | st.sampled_from([0.0, 1.0, 0.5, 2**53, 2.0**53, 2**53 + 1])
    | st.sampled_from(["", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("path", HEAVY)
def test_a_filter_that_weighs_too_much_is_refused_when_it_is_saved_and_works_when_it_was(
    path: str,
) -> None:
    with pytest.raises(FilterError, match="must not") as refused:
        check_filter(HEAVY[path])
    assert refused.value.path == path
    compiled = compile_filter(HEAVY[path])
    assert compiled.excess is not None
    assert str(compiled.excess) == str(refused.value)
    assert compiled.accepts({"x": "abcz" if path else "y" * MAX_WEIGHT_BYTES})


def test_each_value_that_a_filter_compares_with_counts() -> None:
    with pytest.raises(FilterError, match="2000 values, but has 2005"):
        check_filter(MANY_VALUES)
    check_filter({"x": MANY_VALUES["x"]})


def test_a_filter_of_the_usual_kind_weighs_nothing_to_speak_of() -> None:
    usual = {"$or": [{"t": {"$gt": 80}}, {"s": {"$regex": "(?i)^(warn|error|fatal)"}}]}
    check_filter(usual)
    assert compile_filter(usual).excess is None


def test_a_filter_is_weighed_before_anything_of_it_is_compiled() -> None:
    long = {f"field{number}": {"$regex": "(a{1,9}){1,9}"} for number in range(600)}
    # To compile it would be to refuse it for its conditions.
    with pytest.raises(FilterError, match="bytes"):
        check_filter(long)


@given(values, values)
def test_equal_values_have_equal_keys_and_others_do_not(left: Any, right: Any) -> None:
    keys = key_of(left, Fuel()), key_of(right, Fuel())
    assert (keys[0] == keys[1]) is same(left, right)


@given(st.lists(values, max_size=4), values)
def test_a_list_that_was_made_ready_has_what_one_of_its_values_equals(
    listed: list[Any], value: Any
) -> None:
    assert Members.of(listed).have(value, Fuel()) is any(same(item, value) for item in listed)


def test_to_look_for_a_list_in_a_thousand_lists_costs_what_it_costs_in_one() -> None:
    asked = {"x": [0] * 480}
    many, one = (
        compile_filter({"x": {"$in": lists}}).accepts
        for lists in (THOUSAND_LISTS["x"]["$in"], [[0] * 479 + [1]])
    )
    assert work_of(lambda: many(asked)) <= 1.1 * work_of(lambda: one(asked))
    assert not many(asked)
    assert many({"x": [0] * 479 + [7]})


def test_an_expression_sees_the_beginning_of_a_text() -> None:
    accepts = compile_filter({"x": {"$regex": "z"}}).accepts
    assert accepts({"x": "a" * (MAX_TEXT_BYTES - 1) + "z"})
    assert not accepts({"x": "a" * MAX_TEXT_BYTES + "z"})
    assert not accepts({"x": "é" * (MAX_TEXT_BYTES // 2) + "z"})


@pytest.mark.parametrize(
    ("condition", "payload"),
    [
        ({"x.y": 1}, {"x": [{"y": 0}] * 20_000}),
        ({"x": {"$in": [[1, 2]]}}, {"x": [[0, 0]] * 20_000}),
        ({"x": {"$contains": 1}}, {"x": [0] * 20_000}),
        ({"x": {"$elemMatch": {"$gt": 1}}}, {"x": [0] * 20_000}),
        ({"x": {"$regex": "[a-h]{900}z"}}, {"x": ["abcdefgh" * 100] * 20}),
    ],
)
def test_a_filter_ends_where_a_message_would_cost_too_much(condition: Any, payload: Any) -> None:
    fuel = Fuel(FUEL_PER_FILTER)
    accepts = compile_filter(condition, fuel).accepts
    with pytest.raises(TooDear):
        accepts(payload)
    fuel.left = FUEL_PER_FILTER
    assert not accepts({"x": []})
    assert not compile_filter(condition).accepts(payload)


def test_the_dearest_filter_that_can_be_saved_judges_the_longest_text() -> None:
    dear = {"x": {"$regex": "[a-h]{900}z"}}
    check_filter(dear)
    accepts = compile_filter(dear, Fuel(FUEL_PER_FILTER)).accepts
    assert not accepts({"x": "abcdefgh" * 8_000})


def test_the_expressions_of_a_filter_weigh_together() -> None:
    many = {"$or": [{"x": {"$regex": f"[a-h]{{900}}{number}"}} for number in range(24)]}
    with pytest.raises(FilterError, match="20000 instructions together"):
        check_filter(many)
    check_filter({"$or": many["$or"][:20]})
    assert compile_filter(many).excess is not None


def test_what_stands_behind_an_expression_that_is_too_long_is_not_made_ready() -> None:
    with pytest.raises(FilterError, match="1000 instructions"):
        check_filter({"x": {"$regex": "([a-h]{1,30}){1,30}z"}, "y": {"$regex": "("}})


def test_a_heavy_filter_is_read_only_where_it_may_be_the_same() -> None:
    heavy = HeavyFilter(json.dumps(THOUSAND_LISTS))
    assert says_same(heavy, THOUSAND_LISTS)
    assert not says_same(heavy, THOUSAND_LISTS | {"y": 1})
    unreadable = HeavyFilter("{")
    assert not says_same(unreadable, {"y": 1})
    assert not says_same(unreadable, THOUSAND_LISTS)
    with pytest.raises(FilterError, match="cannot be read"):
        read_filter(unreadable)


def test_a_list_of_plain_values_is_made_ready_without_a_step_for_each() -> None:
    def compile_of(length: int) -> int:
        return work_of(lambda: compile_filter({"x": {"$in": [[0] * length, [True, None]]}}))

    assert compile_of(999) == compile_of(2)
