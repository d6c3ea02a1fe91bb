"""What a route was when a message came in, told from what it is now and what was changed since.

Each change has the version before it and after it: where one does not meet the next, somebody has
changed the route in a way that is not written down, and nothing is claimed. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import attrs
import msgspec

from pulse_router.domain.filters.heavy import HeavyFilter, PayloadFilter
from pulse_router.domain.routes import Route

TAKES_EFFECT: Final = timedelta(seconds=5)
"""Within this time a change is in effect in every router."""


class ChangeKind(enum.StrEnum):
    """What was done to a route."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@attrs.frozen(kw_only=True)
class RouteChange:
    """A change of a route, as it was written down.

    Attributes:
        id: Its number in the audit log.
        at: When.
        subject: Who; None for an operator.
        actor: In which capacity: `customer` or `operator`.
        request_id: By which request.
        route_id: Of which route; None where many changes are told as one.
        before: What was changed, as it was; None where it was created.
        after: The same as it became; None where it was deleted.
    """

    id: int
    at: datetime
    subject: str | None
    actor: str
    request_id: str
    route_id: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def kind(self) -> ChangeKind:
        """What was done."""
        if self.before is None:
            return ChangeKind.CREATED
        return ChangeKind.DELETED if self.after is None else ChangeKind.CHANGED


@attrs.frozen
class RouteState:
    """What decided, at some time, whether a route took a message."""

    topic_filter: str
    payload_filter: PayloadFilter | None
    is_enabled: bool


class Absent(enum.Enum):
    """Why a route has no state at some time."""

    NOT_YET = "it was created later"
    UNKNOWN = "it was changed in a way that is not written down"


Then = RouteState | Absent


def routes_then(now: Route | None, changes: Sequence[RouteChange], at: datetime) -> Sequence[Then]:
    """Tell what a route may have been at a time: more than one where it was just being changed.

    Args:
        now: It as it is; None where it was deleted.
        changes: Its changes since `TAKES_EFFECT` before that time, the newest first.
        at: The time.

    Returns:
        What it was at that time, and what it was within `TAKES_EFFECT` before.
    """
    row: Mapping[str, Any] | None = None if now is None else _row_of(now)
    kept: list[Then] = []
    for change in changes:
        if change.at <= at:
            kept.append(_state(row, at))
        if change.kind is ChangeKind.CREATED:
            return [*kept, Absent.NOT_YET]
        row = _before(row, change)
    kept.append(_state(row, at))
    return list(kept)


def state_of(route: Route) -> RouteState:
    """Give what a route is now."""
    return RouteState(route.topic_filter, route.payload_filter, route.is_enabled)


def _row_of(route: Route) -> dict[str, Any]:
    return {
        "topic_filter": route.topic_filter,
        "payload_filter": route.payload_filter,
        "is_enabled": route.is_enabled,
        "version": route.version,
        "created_at": route.created_at,
        "updated_at": route.updated_at,
    }


def _before(row: Mapping[str, Any] | None, change: RouteChange) -> Mapping[str, Any] | None:
    """Undo a change; None where what it was is not known."""
    before = change.before or {}
    if change.kind is ChangeKind.DELETED:
        return before
    if row is None or (change.after or {}).get("version") != row.get("version"):
        return None
    return {**row, **before}


def _state(row: Mapping[str, Any] | None, at: datetime) -> Then:
    heavy = (row or {}).get("payload_filter")
    if isinstance(heavy, HeavyFilter):  # as it is now: no change that is written down has one
        row = {**(row or {}), "payload_filter": None}
    try:
        told = msgspec.convert(row, _Row)
    except msgspec.ValidationError:
        return Absent.UNKNOWN
    if told.created_at > at:
        return Absent.NOT_YET
    if told.updated_at > at or _is_cut(told.payload_filter):
        return Absent.UNKNOWN
    was = heavy if isinstance(heavy, HeavyFilter) else told.payload_filter
    return RouteState(told.topic_filter, was, told.is_enabled)


class _Row(msgspec.Struct):
    """What is needed of a row; of one that is not written down in full, something is missing."""

    topic_filter: str
    payload_filter: dict[str, Any] | None
    is_enabled: bool
    created_at: datetime
    updated_at: datetime


_CUT: Final = {"begins", "bytes", "sha256"}


def _is_cut(value: Mapping[str, Any] | None) -> bool:
    """Tell whether the audit log keeps only the beginning of a value."""
    return value is not None and set(value) == _CUT
