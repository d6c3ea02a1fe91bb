"""Replays: a person has a dead letter delivered once more, now.

It uses the route as it is now. It knows nothing of the API that asks, nor of SQL.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import attrs
import trio

from pulse_router.delivery.attempts import attempt_delivery, record_of
from pulse_router.delivery.ports import Destination, ReplayStore, RouteLookup
from pulse_router.domain.deliveries import ClaimRefused, DeadLetter, Delivery, Outcome, Verdict
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, Route

CLAIM_SECONDS: Final = 600.0
"""Longer than any attempt may take."""
_RELEASE_SECONDS: Final = 5.0


class ReplayStatus(enum.StrEnum):
    """How a replay ended."""

    REPLAYED = "REPLAYED"
    FAILED = "FAILED"
    NOT_FOUND = "NOT_FOUND"
    NOT_FAILED = "NOT_FAILED"
    ROUTE_GONE = "ROUTE_GONE"
    BUSY = "BUSY"


@attrs.frozen
class ReplayResult:
    """How a replay ended; `error` says why it did not, without secrets."""

    status: ReplayStatus
    error: str = ""


_REFUSED: Final[Mapping[ClaimRefused, ReplayResult]] = {
    ClaimRefused.NOT_FOUND: ReplayResult(ReplayStatus.NOT_FOUND, "there is no such dead letter"),
    ClaimRefused.NOT_FAILED: ReplayResult(
        ReplayStatus.NOT_FAILED, "only a dead letter that is FAILED can be replayed"
    ),
    ClaimRefused.BUSY: ReplayResult(ReplayStatus.BUSY, "it is already being replayed"),
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Replayer:
    """Replays dead letters, each claimed before it is sent, so that two at once send it once.

    Args:
        store: The dead letters.
        routes: The routes as they are now.
        destinations: Where to deliver, by type.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(
        self,
        store: ReplayStore,
        routes: RouteLookup,
        destinations: Mapping[DestinationType, Destination],
        *,
        utc_now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store = store
        self._utc_now = utc_now
        self._routes = routes
        self._destinations = destinations

    async def replay(
        self, tenant_id: str | None, dead_letter_id: int, *, route_id: int | None = None
    ) -> ReplayResult:
        """Attempt a dead letter once, under its old `webhook-id`.

        Args:
            tenant_id: Whose dead letter; None when the operator asks.
            dead_letter_id: Which one.
            route_id: The route to use in place of its own; it must belong to the same tenant.

        Returns:
            How it ended. Unless it is REPLAYED, the dead letter is FAILED as before.

        Raises:
            Unavailable: The database cannot be asked, or it is not known whether the success was
                written. In the latter case the claim ends by itself.
        """
        claimed = await self._store.claim(tenant_id, dead_letter_id, seconds=CLAIM_SECONDS)
        if isinstance(claimed, ClaimRefused):
            return _REFUSED[claimed]
        ended: Outcome | None = None
        try:
            route = await self._find_route(claimed, route_id)
            if route is not None:
                ended = await attempt_delivery(
                    self._destinations, _delivery_of(claimed), route, claimed.attempts + 1
                )
        finally:
            # Whatever happened, nobody should have to wait until the claim ends by itself.
            if ended is None or ended.verdict is not Verdict.DELIVERED:
                with trio.move_on_after(_RELEASE_SECONDS, shield=True):
                    failed = None if ended is None else record_of(ended, self._utc_now())
                    await self._store.release(tenant_id, dead_letter_id, failed=failed)
        if ended is None:
            return ReplayResult(
                ReplayStatus.ROUTE_GONE, "its route is gone; name another by route_id"
            )
        if ended.verdict is not Verdict.DELIVERED:
            return ReplayResult(ReplayStatus.FAILED, ended.error)
        with trio.move_on_after(_RELEASE_SECONDS, shield=True) as scope:
            record = record_of(ended, self._utc_now())
            await self._store.mark_replayed(tenant_id, dead_letter_id, record)
        if scope.cancelled_caught:
            raise Unavailable("it was delivered, but that could not be written in time")
        return ReplayResult(ReplayStatus.REPLAYED)

    async def _find_route(self, dead_letter: DeadLetter, route_id: int | None) -> Route | None:
        wanted = dead_letter.route_id if route_id is None else route_id
        route = (await self._routes.load_routes([wanted])).get(wanted)
        return route if route is not None and route.tenant_id == dead_letter.tenant_id else None


def _delivery_of(dead_letter: DeadLetter) -> Delivery:
    return Delivery(
        id=dead_letter.delivery_id,
        tenant_id=dead_letter.tenant_id,
        route_id=dead_letter.route_id,
        device_id=dead_letter.device_id,
        topic=dead_letter.original_topic,
        payload=dead_letter.payload,
        event_id=dead_letter.event_id,
        event_time=dead_letter.event_time,
        attempts=dead_letter.attempts,
    )
