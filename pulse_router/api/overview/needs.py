"""What needs attention, in order, and what there is to do about each: for tenants and operators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from pulse_router.api.health import StatusSource, in_a_word
from pulse_router.api.overview.ports import OverviewStore
from pulse_router.api.requests.responses import utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.domain.insight.overview import RANKS, Attention, Need, RouteTroubles
from pulse_router.runtime.readiness import Readiness

MOST: Final = 100
"""How many things are told."""


class Action(msgspec.Struct):
    """What there is to do: a sentence, and the request that does it or shows what it is about."""

    say: str
    method: str
    path: str


class AttentionAnswer(msgspec.Struct):
    """Something that needs attention.

    `since` and `count` are null where they are not known; where `count_is_exact` is false, there
    are more. `tenant_id` is null where it concerns everybody, `route_id` where it is no route's.
    """

    need: Need
    tenant_id: str | None
    route_id: int | None
    route_name: str | None
    since: Time | None
    count: int | None
    count_is_exact: bool
    said: str | None
    action: Action


class Needs:
    """Finds out what needs attention.

    Args:
        store: What the database knows of it.
        status: The books of all tenants, and what was lost before it came here.
        readiness: Which parts are missing.
        troubles: Tells which routes have a trouble that only this router knows of.
    """

    def __init__(
        self,
        store: OverviewStore,
        status: StatusSource,
        readiness: Readiness,
        troubles: Callable[[], RouteTroubles],
    ) -> None:
        self._store = store
        self._status = status
        self._readiness = readiness
        self._troubles = troubles

    async def find(
        self, tenant_id: str | None, mismatch: Iterable[int | None] = ()
    ) -> list[AttentionAnswer]:
        """Tell it in order, the weightiest first.

        Args:
            tenant_id: Who asks; None for an operator, who sees everybody's.
            mismatch: By how much the tenant's own books are off.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        status = await self._status.current()
        books: Any = status.ledger
        own = [amount for amount in mismatch if amount]
        found = list(self._missing(is_told=tenant_id is None))
        if own or not books["balanced"]:
            said = "the books of the router" if not own else "the tenant's books"
            off = abs(own[0]) if own else None
            found.append(Attention(need=Need.BOOKS_OFF, count=off, said=f"{said} do not balance"))
        if status.sessions_lost:
            said = "the broker has lost our session, with what it held, since the router's start"
            count = status.sessions_lost
            found.append(Attention(need=Need.LOST_UPSTREAM, count=count, said=said))
        found += await self._store.load_needs(tenant_id, self._troubles())
        found.sort(key=_place)
        return [_answer(each, is_operators=tenant_id is None) for each in found[:MOST]]

    def _missing(self, *, is_told: bool) -> Iterable[Attention]:
        since = self._readiness.since
        for part, problem in self._readiness.problems.items():
            said = problem if is_told else in_a_word(problem)
            yield Attention(
                need=Need.PART_MISSING,
                since=datetime.fromtimestamp(since[part], UTC),
                said=f"{part}: {said}",
            )


def _place(each: Attention) -> tuple[int, int]:
    return RANKS[each.need], -(each.count or 0)


def _answer(each: Attention, *, is_operators: bool) -> AttentionAnswer:
    return AttentionAnswer(
        need=each.need,
        tenant_id=each.tenant_id,
        route_id=each.route_id,
        route_name=each.route_name,
        since=utc_or_none(each.since),
        count=each.count,
        count_is_exact=each.count_is_exact,
        said=each.said,
        action=_action_of_operator(each) if is_operators else _action(each),
    )


_SAY: Final[dict[Need, str]] = {
    Need.PART_MISSING: "see which part is missing, and why",
    Need.BOOKS_OFF: "see which equation is off, and by how much",
    Need.LOST_UPSTREAM: "give the broker room for the session, and see what it has lost",
    Need.ROUTE_WITHOUT_KEY: "give the router its key back, or the route new secrets",
    Need.ROUTE_GONE: "correct its URL, and enable it again",
    Need.BREAKER_OPEN: "see how its endpoint answers, and mend that",
    Need.DEAD_LETTERS_GROWING: "see what they failed of, mend it, and replay them",
    Need.DEVICES_SILENT: "see which devices they are",
    Need.DEVICES_REFUSED: "see what was refused, and why",
    Need.ALERTS_OPEN: "see and acknowledge them",
}
_EVERYBODYS: Final = {
    Need.PART_MISSING: "/ready",
    Need.BOOKS_OFF: "/health",
    Need.LOST_UPSTREAM: "/health",
}


def _action(each: Attention) -> Action:
    route = f"/customer/message-routes/{each.route_id}"
    failed = {"status": "FAILED"} | ({} if each.route_id is None else {"route_id": each.route_id})
    method, path = {
        Need.ROUTE_WITHOUT_KEY: ("PATCH", route),
        Need.ROUTE_GONE: ("PATCH", route),
        Need.BREAKER_OPEN: ("GET", f"{route}/stats"),
        Need.DEAD_LETTERS_GROWING: ("GET", f"/customer/dead-letter?{urlencode(failed)}"),
        Need.DEVICES_SILENT: ("GET", "/customer/devices"),
        Need.DEVICES_REFUSED: ("GET", "/customer/rejected-messages"),
        Need.ALERTS_OPEN: ("GET", "/customer/alerts?status=OPEN"),
    }.get(each.need) or ("GET", _EVERYBODYS[each.need])
    return Action(_SAY[each.need], method, path)


def _action_of_operator(each: Attention) -> Action:
    asked: dict[str, object] = {"tenant_id": each.tenant_id}
    if each.need is Need.DEAD_LETTERS_GROWING:
        asked |= {"status": "FAILED"} | ({"route_id": each.route_id} if each.route_id else {})
    listed = {
        Need.DEAD_LETTERS_GROWING: "dead-letter",
        Need.DEVICES_SILENT: "devices",
        Need.DEVICES_REFUSED: "rejected-messages",
        Need.ALERTS_OPEN: "tenants",
        Need.BREAKER_OPEN: "deliveries",
    }.get(each.need, "message-routes")
    if each.need in _EVERYBODYS:
        path = _EVERYBODYS[each.need]
    elif listed == "tenants" or each.tenant_id is None:
        path = f"/operator/{listed}"
    else:
        path = f"/operator/{listed}?{urlencode(asked)}"
    return Action(_SAY[each.need], "GET", path)
