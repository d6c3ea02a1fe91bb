"""A worker: takes attempts from the lanes and makes them, one at a time.

It does not know what becomes of a delivery afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs
import trio

from pulse_router.delivery.attempts import attempt_batch, attempt_delivery
from pulse_router.delivery.figures import DeliveryFigures
from pulse_router.delivery.jobs import RequestedAttempt
from pulse_router.delivery.lanes import Lanes
from pulse_router.delivery.ports import Destination
from pulse_router.delivery.turn import Turn
from pulse_router.domain.deliveries import NotAttempted, Outcome, Verdict
from pulse_router.domain.routes import DestinationType


@attrs.frozen(eq=False)
class EndedAttempt:
    """An attempt that has ended and is to be settled."""

    turn: Turn
    outcome: Outcome
    ended_at: datetime


class Worker:
    """Makes attempts until no more are given out.

    Args:
        destinations: Where deliveries can go.
        lanes: Who wants attempts made.
        figures: Where attempts are counted.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(
        self,
        destinations: Mapping[DestinationType, Destination],
        lanes: Lanes,
        figures: DeliveryFigures,
        *,
        utc_now: Callable[[], datetime],
    ) -> None:
        self._destinations = destinations
        self._lanes = lanes
        self._figures = figures
        self._utc_now = utc_now

    async def run(self, ended: trio.MemorySendChannel[EndedAttempt]) -> None:
        """Work until no more attempts are given out.

        Cancelled in the middle of an attempt, it leaves the delivery pending in the table.

        Args:
            ended: Where the settler takes them; closed at the end.
        """
        with ended:
            while (turn := await self._lanes.turns.take()) is not None:
                await self._make(turn, ended)
                del turn  # a worker that waits keeps nothing in memory

    async def _make(self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]) -> None:
        if turn.job.requested is not None:
            outcome = await self._attempt_requested(turn, turn.job.requested)
        else:
            outcome = await self._attempt(turn)
            await ended.send(EndedAttempt(turn, outcome, self._utc_now()))
        self._lanes.attempted(turn, outcome)

    async def _attempt_requested(self, turn: Turn, requested: RequestedAttempt) -> Outcome | None:
        """Make an attempt for somebody who waits for its outcome; None when it was given up."""
        outcome: Outcome | None = None
        try:
            with requested.scope:
                outcome = await self._attempt(turn)
        finally:
            requested.end(outcome or NotAttempted("it was given up, for the router stops"))
        return outcome

    async def _attempt(self, turn: Turn) -> Outcome:
        job = turn.job
        route = job.plan.route
        in_batch = job.plan.batch is not None and job.requested is None
        self._figures.in_flight += 1
        try:
            if in_batch:
                outcome = await attempt_batch(self._destinations, job.deliveries, route)
            else:
                [delivery] = job.deliveries
                outcome = await attempt_delivery(
                    self._destinations, delivery, route, delivery.attempts + 1
                )
        finally:
            self._figures.in_flight -= 1
            self._lanes.turns.note_answer(turn)
        self._figures.latencies.note(route.id, outcome.duration_seconds)
        if outcome.verdict is not Verdict.DELIVERED:
            self._figures.failed += 1
        return outcome
