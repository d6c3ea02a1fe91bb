"""The laws of previews: what is counted is what the filters say, message by message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.explaining.clauses import Clause
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.previewing.preview import EXAMPLES, Preview, view_of_stored
from pulse_router.domain.previewing.tallies import CLOSEST, Tally
from pulse_router.domain.previewing.views import RouteView
from pulse_router.domain.telemetry import StoredMessage
from tests.support.payload_filters import filters, scalars, values

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
TOPICS = "tenant/+/device/+/telemetry"
METRICS = st.dictionaries(st.sampled_from(["t", "p", "status"]), scalars, max_size=3)
EXTRAS = st.dictionaries(st.sampled_from(["status", "site", "deep"]), values, max_size=2)
CHANGES = st.none() | filters


def stored(number: int, metrics: Any, extra: Any = None, **changes: Any) -> StoredMessage:
    at = changes.get("at", NOON + timedelta(seconds=number))
    return StoredMessage(
        event_id=number,
        time=at,
        received_at=at,
        device_id=changes.get("device_id", "DEV-001"),
        site_id=changes.get("site_id"),
        msg_type=changes.get("msg_type", "telemetry"),
        metrics=None if metrics is None else json.dumps(metrics),
        extra=json.dumps(extra) if extra else None,
    )


def look(preview: Preview, messages: Sequence[StoredMessage]) -> Preview:
    for message in messages:
        preview.look(message)
    return preview


def all_of(tallies: Sequence[Tally]) -> list[Tally]:
    return [each for tally in tallies for each in (tally, *all_of(tally.parts))]


@given(st.lists(st.tuples(METRICS, EXTRAS), min_size=1, max_size=8), filters, CHANGES)
def test_what_passes_is_added_and_lost_is_what_the_filters_say(
    sent: list[tuple[dict[str, Any], dict[str, Any]]],
    condition: dict[str, Any],
    before: dict[str, Any] | None,
) -> None:
    now = None if before is None else view_of_stored(TOPICS, before)
    preview = Preview("T", RouteView(TOPICS, condition), now, is_change=before is not None)
    look(preview, [stored(n, metrics, extra) for n, (metrics, extra) in enumerate(sent)])
    payloads = [{"metrics": metrics, **extra} for metrics, extra in sent]
    passed = [compile_filter(condition).accepts(payload) for payload in payloads]
    passed_before = [compile_filter(before or {}).accepts(payload) for payload in payloads]
    assert (preview.looked_at, preview.topic_matched) == (len(sent), len(sent))
    assert preview.passed == sum(passed)
    if before is not None:
        assert preview.added == sum(a and not b for a, b in zip(passed, passed_before, strict=True))
        assert preview.lost == sum(b and not a for a, b in zip(passed, passed_before, strict=True))
    else:
        assert (preview.added, preview.lost) == (0, 0)
    for shares in (preview.devices.values(), preview.hours.values()):
        for name in ("looked_at", "passed", "added", "lost"):
            assert sum(getattr(share, name) for share in shares) == getattr(preview, name)


@given(st.lists(st.tuples(METRICS, EXTRAS), min_size=1, max_size=8), filters)
def test_each_clause_is_counted_by_itself_and_each_field_once_a_message(
    sent: list[tuple[dict[str, Any], dict[str, Any]]], condition: dict[str, Any]
) -> None:
    preview = Preview("T", RouteView(TOPICS, condition))
    look(preview, [stored(n, metrics, extra) for n, (metrics, extra) in enumerate(sent)])
    payloads = [{"metrics": metrics, **extra} for metrics, extra in sent]
    for tally in all_of(preview.tallies.clauses):
        assert tally.holds + tally.fails == len(sent)
        assert tally.fails_alone <= tally.fails
        if isinstance(clause := tally.node, Clause):
            options = {} if clause.options is None else {"$options": clause.options}
            alone = compile_filter({clause.path: {clause.operator: clause.operand} | options})
            assert tally.holds == sum(map(alone.accepts, payloads))
    for coverage in preview.tallies.coverage.values():
        assert coverage.present + coverage.missing + coverage.wrong_type == len(sent)
    top = preview.tallies.clauses
    assert sum(each.fails_alone for each in all_of(top)) <= len(sent) - preview.passed


def test_near_misses_are_those_where_one_clause_alone_was_in_the_way() -> None:
    condition = {"$and": [{"t": {"$gt": 80}}, {"on": True}], "$or": [{"p": 1}, {"q": 1}]}
    preview = Preview("T", RouteView(TOPICS, condition))
    both = [{"t": 90, "on": True, "p": 1}] * 2
    near = [{"t": t, "on": True, "q": 1} for t in (60, 79, 80, 10, 78.5, 79.5, 50)]
    far = [{"t": 79.9, "on": False, "p": 1}, {"t": 90, "on": True}]
    look(preview, [stored(n, metrics) for n, metrics in enumerate([*both, *near, *far])])
    joined, either = preview.tallies.clauses
    hot, on = joined.parts
    assert (hot.fails, hot.fails_alone) == (8, 7)
    assert [close.value for close in hot.closest] == [80, 79.5, 79, 78.5, 60]
    assert len(hot.closest) == CLOSEST
    assert (on.fails, on.fails_alone) == (1, 0)
    assert (either.fails, either.fails_alone) == (1, 1)
    assert preview.tallies.coverage["p"].missing == 8


def test_a_list_has_the_closest_of_its_numbers_and_a_huge_one_has_none() -> None:
    preview = Preview("T", RouteView(TOPICS, {"readings": {"$lt": 0}}))
    look(preview, [stored(1, {}, {"readings": [5, "x", 2, True]}), stored(2, {}, {"readings": 7})])
    preview.look(stored(3, {}, {"readings": 10**400}))
    [tally] = preview.tallies.clauses
    assert [(close.value, close.short_by) for close in tally.closest] == [(2, 2.0), (7, 7.0)]
    assert tally.fails_alone == 3


def test_the_newest_are_examples_and_the_busiest_second_is_the_peak() -> None:
    preview = Preview("T", RouteView(TOPICS, {"t": {"$gt": 0}}))
    look(preview, [stored(n, {"t": n % 2}, at=NOON + timedelta(seconds=n // 6)) for n in range(30)])
    assert [m.event_id for m in preview.examples["passed"]] == [21, 23, 25, 27, 29]
    assert len(preview.examples["failed"]) == EXAMPLES
    assert preview.peak == (NOON, 3)


def test_what_somebody_wrote_by_hand_spoils_only_itself() -> None:
    preview = Preview("T", RouteView(TOPICS, {"t": 1}))
    broken = [stored(1, 5), stored(2, None, [1]), stored(3, {"t": 1})]
    look(preview, broken)
    assert (preview.unreadable, preview.passed, preview.looked_at) == (2, 1, 3)


def test_fields_that_are_not_stored_as_they_were_sent_are_named() -> None:
    condition = {"t": 1, "$or": [{"ts": {"$exists": True}}, {"site_id": "A"}], "metrics.ts": 1}
    assert RouteView(TOPICS, condition).not_as_sent == ["site_id", "ts"]


def test_another_topic_is_looked_at_and_nothing_else() -> None:
    preview = Preview("T", RouteView(TOPICS, {"t": 1}), view_of_stored("#", {"t": 1}), True)
    look(preview, [stored(1, {"t": 1}, msg_type="event"), stored(2, {"t": 1})])
    assert (preview.topic_matched, preview.passed, preview.added, preview.lost) == (1, 1, 0, 1)
