"""What a live client may ask for, and the answer to what it may not."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.api.streams.actions import ActionRefused, act
from pulse_router.api.streams.messages import MAX_DEVICES
from pulse_router.api.streams.query import read_filter
from pulse_router.streaming.filters import StreamFilter

NOW = StreamFilter(frozenset({"a", "b"}), frozenset({1}), frozenset({"x"}))


def acted(message: dict[str, Any], current: StreamFilter = NOW) -> tuple[StreamFilter, Any]:
    change = act(msgspec.json.encode(message), current)
    return change.wanted, msgspec.json.decode(change.answer)


def test_devices_are_added_and_taken_away_in_both_forms() -> None:
    wanted, answer = acted({"action": "subscribe", "device_id": "c"})
    assert wanted.device_ids == {"a", "b", "c"}
    assert answer == {"type": "subscribed", "device_id": "c"}
    wanted, answer = acted({"action": "subscribe", "device_ids": ["c", "d"]})
    assert wanted.device_ids == {"a", "b", "c", "d"}
    assert answer == {"type": "subscribed", "device_ids": ["c", "d"]}
    wanted, answer = acted({"action": "unsubscribe", "device_id": "a"})
    assert wanted.device_ids == {"b"}
    assert answer == {"type": "unsubscribed", "device_id": "a"}
    wanted, _ = acted({"action": "unsubscribe", "device_ids": ["a", "b"]})
    assert wanted.devices({1: ["z"]}) == frozenset({"z"})
    assert (wanted.group_ids, wanted.metric_names) == (NOW.group_ids, NOW.metric_names)


def test_metrics_and_groups_are_set_and_cleared() -> None:
    wanted, answer = acted({"action": "set_metrics", "metrics": ["y", "y", "x"]})
    assert wanted.metric_names == {"x", "y"}
    assert answer == {"type": "metrics_updated", "metrics": ["y", "x"]}
    wanted, answer = acted({"action": "set_groups", "group_ids": []})
    assert (wanted.group_ids, answer) == (frozenset(), {"type": "groups_updated", "group_ids": []})
    assert acted({"action": "clear_filters"}) == (StreamFilter(), {"type": "filters_cleared"})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"{", "truncated"),
        (b"[]", "object"),
        (b'{"x": ' + b"[" * 100_000, "nested"),
        (b"{}", "action"),
        (b'{"action": 1}', "action"),
        (b'{"action": "explode"}', "Unknown action: explode"),
        (b'{"action": "subscribe"}', "device_id or device_ids is required"),
        (b'{"action": "unsubscribe", "device_ids": []}', "device_id or device_ids is required"),
        (b'{"action": "subscribe", "device_id": "a b"}', "of 1 to 128 .* - at .*device_id"),
        (b'{"action": "subscribe", "device_id": 7}', "device_id"),
        (b'{"action": "subscribe", "devices": "a"}', "devices"),
        (b'{"action": "set_metrics"}', "metrics"),
        (b'{"action": "set_metrics", "metrics": [""]}', "metrics"),
        (b'{"action": "set_groups", "group_ids": [true]}', "group_ids"),
        (b'{"action": "set_groups", "group_ids": ["1"]}', "group_ids"),
        (b'{"action": "set_groups", "group_ids": [0]}', "group_ids"),
    ],
)
def test_what_is_wrong_is_said(message: bytes, said: str) -> None:
    with pytest.raises(ActionRefused, match=said):
        act(message, NOW)


def test_a_filter_does_not_grow_without_bound() -> None:
    full = StreamFilter(frozenset(f"d{number}" for number in range(MAX_DEVICES)))
    with pytest.raises(ActionRefused, match="at most"):
        acted({"action": "subscribe", "device_id": "one-more"}, full)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_action_or_refused(message: bytes) -> None:
    with contextlib.suppress(ActionRefused):
        act(message, NOW)


def test_a_query_lists_with_commas() -> None:
    query = {"device_id": "a, b,,", "group_id": "1,2", "metric": "x y,z"}
    assert read_filter(query) == StreamFilter(
        frozenset({"a", "b"}), frozenset({1, 2}), frozenset({"x y", "z"})
    )
    assert read_filter({}) == StreamFilter()


@pytest.mark.parametrize(
    "query",
    [
        {"device_id": "a/b"},
        {"group_id": "x"},
        {"group_id": "-1"},
        {"group_id": "99999999999999999999"},
        {"metric": "x" * 129},
        {"device_id": ",".join(f"d{number}" for number in range(MAX_DEVICES + 1))},
    ],
)
def test_a_query_that_is_wrong_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ActionRefused, match=next(iter(query))):
        read_filter(query)
