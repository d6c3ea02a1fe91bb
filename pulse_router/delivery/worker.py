"""A worker: takes attempts from the lanes and makes them, one at a time.

It does not know what becomes of a delivery afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs
import trio

from pulse_router.delivery.boundary import FailedInside, SafeAttempts
from pulse_router.delivery.figures import DeliveryFigures
from pulse_router.delivery.jobs import RequestedAttempt
from pulse_router.delivery.lanes import Lanes
from pulse_router.delivery.leases import Leases
from pulse_router.delivery.splitting import is_to_be_split
from pulse_router.delivery.turn import Turn
from pulse_router.domain.deliveries import NotAttempted, Outcome, Verdict


@attrs.frozen(eq=False)
class EndedAttempt:
    """An attempt that has ended and is to be settled."""

    turn: Turn
    outcome: Outcome
    ended_at: datetime


class Worker:
    """Makes attempts until no more are given out.

    Args:
        attempts: Makes one.
        lanes: Who wants attempts made.
        leases: For how long attempts may be made.
        figures: Where attempts are counted.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(
        self,
        attempts: SafeAttempts,
        lanes: Lanes,
        leases: Leases,
        figures: DeliveryFigures,
        *,
        utc_now: Callable[[], datetime],
    ) -> None:
        self._attempts = attempts
        self._lanes = lanes
        self._leases = leases
        self._figures = figures
        self._utc_now = utc_now

    async def run(self, ended: trio.MemorySendChannel[EndedAttempt]) -> None:
        """Work until no more attempts are given out.

        Cancelled in the middle of an attempt, it leaves the delivery pending in the table.

        Args:
            ended: Where the settler takes them; closed at the end.
        """
        with ended:
            # A worker that waits for a turn keeps nothing in memory.
            while (turn := await self._lanes.turns.take()) is not None:
                while turn is not None:
                    turn = await self._make(turn, ended)

    async def _make(self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]) -> Turn | None:
        """Make an attempt; give the next one, where it is clear which that is."""
        self._figures.in_flight += 1
        try:
            if turn.job.requested is not None:
                outcome = await self._attempt_requested(turn, turn.job.requested)
            else:
                outcome = await self._attempt_while_leased(turn, ended)
        finally:
            self._figures.in_flight -= 1
            self._lanes.turns.note_answer(turn)
        return self._lanes.attempted(turn, outcome)

    async def _attempt_requested(self, turn: Turn, requested: RequestedAttempt) -> Outcome | None:
        """Make an attempt for somebody who waits for its outcome; None when it was given up."""
        outcome: Outcome | None = None
        try:
            with requested.scope:
                try:
                    outcome = await self._attempt(turn)
                except FailedInside as failed:
                    outcome = failed.outcome
        finally:
            requested.end(outcome or NotAttempted("it was given up, for the router stops"))
        return outcome

    async def _attempt_while_leased(
        self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> Outcome | None:
        """Make an attempt of the queue; None when it was cut, for others may attempt it now."""
        outcome: Outcome | None = None
        with self._leases.attempting(turn.lane.route_id) as scope:
            outcome = await self._attempt_queued(turn, ended)
        if scope.cancelled_caught:
            turn.lane.drop([delivery.id for delivery in turn.job.deliveries])
        return outcome

    async def _attempt_queued(
        self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> Outcome:
        """Make an attempt, and have its end settled; what fails inside harms no other delivery."""
        try:
            outcome = await self._attempt(turn)
        except FailedInside as failed:
            if len(turn.job.deliveries) > 1:
                return await self._attempt_one_by_one(turn, ended)
            outcome = failed.outcome
        if outcome.verdict is Verdict.DEAD and is_to_be_split(turn.job.deliveries, outcome):
            turn.lane.split(turn.job, outcome, trio.current_time())
            return outcome
        await self._settle(turn, outcome, ended)
        return outcome

    async def _settle(
        self, turn: Turn, outcome: Outcome, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> None:
        """Have an end settled; waits while the settler has as much as it can take."""
        end = EndedAttempt(turn, outcome, self._utc_now())
        if outcome.status is None:  # an exchange lets others have their turn; others may not
            await ended.send(end)
            return
        try:
            ended.send_nowait(end)
        except trio.WouldBlock:
            await ended.send(end)

    async def _attempt_one_by_one(
        self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> Outcome:
        """Find what a batch failed of: each by itself, until the endpoint fails as well.

        What is not attempted, as none may be behind a failed one of an ordered route, is let go.

        Returns:
            How the last attempt ended.
        """
        job, lane = turn.job, turn.lane
        outcome = Outcome(Verdict.RETRY)
        for place, delivery in enumerate(job.deliveries, start=1):
            part = Turn(lane, attrs.evolve(job, deliveries=[delivery]))
            may_go_on = True
            try:
                outcome = await self._attempt(part)
                may_go_on = outcome.verdict is not Verdict.RETRY
            except FailedInside as failed:
                outcome = failed.outcome
                may_go_on = not job.plan.ordered
            await self._settle(part, outcome, ended)
            if not may_go_on:
                lane.drop([left.id for left in job.deliveries[place:]])
                break
        return outcome

    async def _attempt(self, turn: Turn) -> Outcome:
        try:
            outcome = await self._attempts.make(turn.job)
        except FailedInside:
            self._figures.failed += 1
            raise
        self._figures.latencies.note(turn.job.plan.route.id, outcome.duration_seconds)
        if outcome.verdict is Verdict.DELIVERED:
            return outcome
        if outcome.is_pushed_back:
            self._figures.pushed_back += 1
            return turn.lane.endpoint.pushed_back(turn.job, outcome, now=trio.current_time())
        self._figures.failed += 1
        return outcome
