"""What a route was is told from what it is and what was changed since, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from pulse_router.domain.insight.routes_then import (
    TAKES_EFFECT,
    Absent,
    RouteChange,
    RouteState,
    routes_then,
)
from pulse_router.domain.routes import DestinationType, Route

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "topic_filter": st.sampled_from(["a", "b"]),
        "payload_filter": st.sampled_from([None, {"t": 1}, {"t": 2}]),
        "is_enabled": st.booleans(),
        "name": st.sampled_from(["N", "M"]),
    },
)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def first() -> dict[str, Any]:
    return {
        "topic_filter": "a",
        "payload_filter": None,
        "is_enabled": True,
        "name": "N",
        "version": 1,
        "created_at": NOON.isoformat(),
        "updated_at": NOON.isoformat(),
    }


def change(
    number: float, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> RouteChange:
    return RouteChange(
        id=1,
        at=minute(number),
        subject="me",
        actor="customer",
        request_id="r",
        route_id=7,
        before=before,
        after=after,
    )


def route_of(row: Mapping[str, Any]) -> Route:
    return Route(
        id=7,
        tenant_id="T",
        name=row["name"],
        topic_filter=row["topic_filter"],
        destination_type=DestinationType.WEBHOOK,
        destination_config={},
        payload_filter=row["payload_filter"],
        is_enabled=row["is_enabled"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        version=row["version"],
    )


def state_of(row: Mapping[str, Any]) -> RouteState:
    return RouteState(row["topic_filter"], row["payload_filter"], row["is_enabled"])


@given(st.lists(DRAFTS, max_size=5), st.booleans(), st.integers(0, 6), st.booleans())
def test_each_change_is_taken_back(
    drafts: list[dict[str, Any]], deleted: bool, asked: int, is_hidden: bool
) -> None:
    rows = [first()]
    changes = [change(0, None, rows[0])]
    for number, draft in enumerate(drafts, 1):
        after = rows[-1] | draft | {"version": number + 1, "updated_at": minute(number).isoformat()}
        changed = [name for name, value in after.items() if rows[-1][name] != value]
        before = {name: rows[-1][name] for name in changed}
        changes.append(change(number, before, {name: after[name] for name in changed}))
        rows.append(after)
    if deleted:
        changes.append(change(len(rows), rows[-1], None))
    now = None if deleted else route_of(rows[-1])
    assume(not deleted or asked <= len(rows))
    at = minute(asked - 0.5)
    if is_hidden and len(changes) > 1 + deleted:  # somebody has changed it by hand
        del changes[len(changes) - 1 - deleted]
    since = [each for each in reversed(changes) if each.at >= at - TAKES_EFFECT]
    [told] = routes_then(now, since, at)
    truth = Absent.NOT_YET if asked == 0 else state_of(rows[min(asked, len(rows)) - 1])
    assert told == truth or (is_hidden and told is Absent.UNKNOWN)
    if not is_hidden:
        assert told == truth


def test_just_after_a_change_both_states_are_told() -> None:
    row = first()
    after = row | {"is_enabled": False, "version": 2, "updated_at": minute(1).isoformat()}
    names = ("is_enabled", "version", "updated_at")
    changed = change(1, {name: row[name] for name in names}, {name: after[name] for name in names})
    at = minute(1) + TAKES_EFFECT / 2
    assert list(routes_then(route_of(after), [changed], at)) == [state_of(after), state_of(row)]


def test_a_value_that_is_kept_in_part_is_not_guessed() -> None:
    cut = {"begins": '{"t":', "bytes": 9000, "sha256": "0"}
    before = {"payload_filter": cut, "version": 1, "updated_at": NOON.isoformat()}
    after = first() | {"version": 2, "updated_at": minute(2).isoformat()}
    changed = change(2, before, {"payload_filter": None, "version": 2, "updated_at": "later"})
    assert list(routes_then(route_of(after), [changed], minute(1))) == [Absent.UNKNOWN]
    full = attrs.evolve(changed, before={"omitted_bytes": 77}, after={"omitted_bytes": 78})
    assert list(routes_then(route_of(after), [full], minute(1))) == [Absent.UNKNOWN]
