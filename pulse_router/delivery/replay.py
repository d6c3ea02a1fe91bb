"""Replays: a person has dead letters delivered once more, now.

It uses the route as it is now. It knows nothing of the API that asks, nor of SQL, nor of how the
attempts of a route are spread.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs
import trio

from pulse_router.delivery.ports import Attempts, ReplayStore, RouteLookup
from pulse_router.delivery.replay_ends import WRITE_SECONDS, EndNotWritten, ReplayEnds
from pulse_router.domain.dead_letters.jobs import Job, LetterEnd, LetterResult
from pulse_router.domain.deliveries import (
    ClaimRefused,
    DeadLetter,
    Delivery,
    NotAttempted,
    Outcome,
    Verdict,
)
from pulse_router.domain.errors import PulseError
from pulse_router.domain.leases import CLAIM_SECONDS
from pulse_router.domain.routes import Route

BATCH_SECONDS: Final = 45.0
"""How long attempts of a batch may begin; those under way then end."""
AT_ONCE: Final = 16
"""How many of a batch are in hand at once, whatever their lanes allow."""
TABLE_TURNS: Final = 3
"""How many connections to the database all replays take at once."""


class ReplayStatus(enum.StrEnum):
    """How a replay ended."""

    REPLAYED = "REPLAYED"
    FAILED = "FAILED"
    NOT_FOUND = "NOT_FOUND"
    NOT_FAILED = "NOT_FAILED"
    ROUTE_GONE = "ROUTE_GONE"
    BUSY = "BUSY"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


@attrs.frozen
class ReplayResult:
    """How a replay ended; `error` says why it did not, without secrets.

    `is_refused` tells that it was not attempted for the endpoint fails again and again.
    """

    status: ReplayStatus
    error: str = ""
    is_refused: bool = False


_REFUSED: Final[Mapping[ClaimRefused, ReplayResult]] = {
    ClaimRefused.NOT_FOUND: ReplayResult(ReplayStatus.NOT_FOUND, "there is no such dead letter"),
    ClaimRefused.NOT_FAILED: ReplayResult(
        ReplayStatus.NOT_FAILED, "only a dead letter that is FAILED can be replayed"
    ),
    ClaimRefused.BUSY: ReplayResult(ReplayStatus.BUSY, "it is already being replayed"),
}
_ROUTE_GONE: Final = ReplayResult(
    ReplayStatus.ROUTE_GONE, "its route is gone; name another by route_id"
)
_TOO_LATE: Final = ReplayResult(
    ReplayStatus.NOT_ATTEMPTED, f"not begun within {BATCH_SECONDS:g} s; replay it again"
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Replayer:
    """Replays dead letters, each claimed before it is sent, so that two at once send it once.

    Args:
        store: The dead letters.
        routes: The routes as they are now.
        attempts: Who makes attempts, in their turn and within their routes' limits.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(
        self,
        store: ReplayStore,
        routes: RouteLookup,
        attempts: Attempts,
        *,
        utc_now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store = store
        self._routes = routes
        self._attempts = attempts
        self._ends = ReplayEnds(store, utc_now=utc_now)
        self._at_table = trio.CapacityLimiter(TABLE_TURNS)

    async def replay(
        self, tenant_id: str | None, dead_letter_id: int, *, route_id: int | None = None
    ) -> ReplayResult:
        """Attempt a dead letter once, now, under its old `webhook-id`.

        Args:
            tenant_id: Whose dead letter; None when the operator asks.
            dead_letter_id: Which one.
            route_id: The route to use in place of its own; it must belong to the same tenant.

        Returns:
            How it ended. Unless it is REPLAYED, the dead letter is FAILED as before.

        Raises:
            Unavailable: The database cannot be asked, or it is not known whether how it ended was
                written. In the latter case the claim ends by itself.
        """
        return await self._replay(tenant_id, dead_letter_id, route_id, set())

    async def replay_batch(
        self, tenant_id: str | None, dead_letter_ids: Sequence[int]
    ) -> Sequence[ReplayResult]:
        """Attempt several once, each by its own route, as many at once as their lanes allow.

        The first of each route is attempted whatever its breaker says; when it fails, the others
        are not. Each of those at once begins no other before its end is written.

        Args:
            tenant_id: Whose dead letters; None when the operator asks.
            dead_letter_ids: Which ones, each once.

        Returns:
            How each ended, in the same order.
        """
        latest = trio.current_time() + BATCH_SECONDS
        results = await self._replay_each(
            tenant_id, dead_letter_ids, None, set(), lambda: trio.current_time() < latest
        )
        return [results.get(number, _TOO_LATE) for number in dead_letter_ids]

    async def replay_for_job(
        self,
        job: Job,
        dead_letter_ids: Sequence[int],
        *,
        tried: set[int],
        goes_on: Callable[[], bool],
    ) -> Mapping[int, LetterResult]:
        """Attempt several once for a job; what has ended is noted with the end itself.

        No other is begun in the place of one whose end is not written, however long that takes.

        Args:
            job: For which.
            dead_letter_ids: Which ones, each once.
            tried: The routes that it has attempted before; those of now are added. The first of
                each is attempted whatever its breaker says.
            goes_on: Asked before each whether it is to begin.

        Returns:
            How each ended that was begun.
        """
        plan = job.plan
        results = await self._replay_each(
            plan.tenant_id, dead_letter_ids, plan.route_id, tried, goes_on, job_id=job.id
        )
        return {number: _letter_result(result) for number, result in results.items()}

    async def _replay_each(
        self,
        tenant_id: str | None,
        dead_letter_ids: Sequence[int],
        route_id: int | None,
        tried: set[int],
        goes_on: Callable[[], bool],
        *,
        job_id: int | None = None,
    ) -> Mapping[int, ReplayResult]:
        """Replay several, as many at once as their lanes allow, as long as it goes on."""
        results: dict[int, ReplayResult] = {}

        async def work(waiting: Iterator[int]) -> None:
            for number in waiting:
                if not goes_on():
                    return
                try:
                    results[number] = await self._replay(
                        tenant_id, number, route_id, tried, job_id=job_id
                    )
                except EndNotWritten as error:  # more must not be sent before that is known
                    results[number] = ReplayResult(ReplayStatus.NOT_ATTEMPTED, str(error))
                    return
                except PulseError as error:  # an error of one must not end the others
                    results[number] = ReplayResult(ReplayStatus.NOT_ATTEMPTED, str(error))

        waiting = iter(dead_letter_ids)
        async with trio.open_nursery() as nursery:
            for _ in range(min(AT_ONCE, len(dead_letter_ids))):
                nursery.start_soon(work, waiting)
        return results

    async def _replay(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        route_id: int | None,
        tried: set[int],
        *,
        job_id: int | None = None,
    ) -> ReplayResult:
        async with self._at_table:
            claimed = await self._store.claim(tenant_id, dead_letter_id, seconds=CLAIM_SECONDS)
        if isinstance(claimed, ClaimRefused):
            return _REFUSED[claimed]
        ended: Outcome | NotAttempted | None = None
        try:
            route = await self._find_route(claimed, route_id)
            if route is not None:
                is_urgent = route.id not in tried
                tried.add(route.id)
                ended = await self._attempts.attempt(
                    _delivery_of(claimed), route, is_urgent=is_urgent
                )
        finally:
            # Whatever happened, nobody should have to wait until the claim ends by itself.
            if not isinstance(ended, Outcome):
                with trio.move_on_after(WRITE_SECONDS, shield=True):
                    await self._store.release(tenant_id, dead_letter_id, failed=None)
        match ended:
            case None:
                return _ROUTE_GONE
            case NotAttempted(reason=reason, is_refused=is_refused):
                return ReplayResult(ReplayStatus.NOT_ATTEMPTED, reason, is_refused=is_refused)
        await self._ends.settle(tenant_id, dead_letter_id, ended, job_id)
        if ended.verdict is Verdict.DELIVERED:
            return ReplayResult(ReplayStatus.REPLAYED)
        return ReplayResult(ReplayStatus.FAILED, ended.error)

    async def _find_route(self, dead_letter: DeadLetter, route_id: int | None) -> Route | None:
        wanted = dead_letter.route_id if route_id is None else route_id
        async with self._at_table:
            route = (await self._routes.load_routes([wanted])).get(wanted)
        return route if route is not None and route.tenant_id == dead_letter.tenant_id else None


def _letter_result(result: ReplayResult) -> LetterResult:
    """Say of a replay what it is to its job."""
    match result.status:
        case ReplayStatus.REPLAYED:
            return LetterResult(LetterEnd.DONE)
        case ReplayStatus.FAILED:
            return LetterResult(LetterEnd.FAILED, result.error)
        case ReplayStatus.NOT_ATTEMPTED if result.is_refused:
            return LetterResult(LetterEnd.REFUSED, result.error)
        case ReplayStatus.BUSY | ReplayStatus.NOT_ATTEMPTED:
            return LetterResult(LetterEnd.LATER, result.error)
    return LetterResult(LetterEnd.SKIPPED, result.error)


def _delivery_of(dead_letter: DeadLetter) -> Delivery:
    return Delivery(
        id=dead_letter.delivery_id,
        tenant_id=dead_letter.tenant_id,
        route_id=dead_letter.route_id,
        device_id=dead_letter.device_id,
        topic=dead_letter.original_topic,
        payload=dead_letter.payload or "null",  # a claim has it
        event_id=dead_letter.event_id,
        event_time=dead_letter.event_time,
        trace=dead_letter.trace,
        attempts=dead_letter.attempts,
    )
