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
from pulse_router.delivery.scheduling.turn import Turn
from pulse_router.delivery.splitting import is_to_be_split
from pulse_router.domain.deliveries import NotAttempted, Outcome, Verdict


@attrs.define(eq=False)  # as `Job`
class EndedAttempt:
    """An attempt that has ended and is to be settled; one that has delivered needs no time."""

    turn: Turn
    outcome: Outcome
    ended_at: datetime | None


class Worker:
    """Makes attempts until no more are given out.

    Args:
        attempts: Makes one.
        lanes: Who wants attempts made.
        leases: For how long attempts may be made.
        figures: Where attempts are counted.
        on_full: Told when the settler has as much to do as it can take.
        utc_now: Gives the time, for the history of attempts.
    """

    def __init__(
        self,
        attempts: SafeAttempts,
        lanes: Lanes,
        leases: Leases,
        figures: DeliveryFigures,
        *,
        on_full: Callable[[], None],
        utc_now: Callable[[], datetime],
    ) -> None:
        self._attempts = attempts
        self._lanes = lanes
        self._leases = leases
        self._figures = figures
        self._on_full = on_full
        self._utc_now = utc_now

    async def run(self, ended: trio.MemorySendChannel[EndedAttempt]) -> None:
        """Work until no more attempts are given out.

        Cancelled in the middle of an attempt, it leaves the delivery pending in the table.

        Args:
            ended: Where the settler takes them; closed at the end.
        """
        turn: Turn | None = None
        with ended:
            # Of what has ended, and while it waits for a turn, a worker keeps nothing in memory.
            while (turn := turn or await self._lanes.turns.take()) is not None:
                if (requested := turn.job.requested) is not None:
                    turn = await self._make_requested(turn, requested)
                    continue
                with self._leases.attempting(turn.lane.route_id) as scope:
                    while (
                        turn is not None and turn.job.requested is None and not scope.cancel_called
                    ):
                        turn = await self._make_queued(turn, ended)
                if turn is not None and scope.cancelled_caught:  # others may attempt it now
                    turn.lane.drop([delivery.id for delivery in turn.job.deliveries])
                    turn = self._lanes.attempted(turn, None)

    async def _make_queued(
        self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> Turn | None:
        """Make an attempt of the queue; gives the lane's next one, if it is clear which is."""
        self._figures.in_flight += 1
        try:
            outcome = await self._attempt_queued(turn, ended)
        finally:
            self._note_answer(turn)
        return self._lanes.attempted(turn, outcome)

    def _note_answer(self, turn: Turn) -> None:
        self._figures.in_flight -= 1
        self._lanes.turns.note_answer(turn)

    async def _make_requested(self, turn: Turn, requested: RequestedAttempt) -> Turn | None:
        """Make an attempt for somebody who waits for its outcome; gives the lane's next one."""
        outcome: Outcome | None = None
        self._figures.in_flight += 1
        try:
            with requested.scope:
                try:
                    outcome = await self._attempt(turn)
                except FailedInside as failed:
                    outcome = failed.outcome
        finally:
            self._note_answer(turn)
            requested.end(outcome or NotAttempted("it was given up, for the router stops"))
        return self._lanes.attempted(turn, outcome)

    async def _attempt_queued(
        self, turn: Turn, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> Outcome:
        """Make an attempt, and have its end settled; what fails inside harms no other delivery."""
        try:
            outcome = self._judge(turn, await self._attempts.make(turn.job))
        except FailedInside as failed:
            self._figures.failed += 1
            if len(turn.job.deliveries) > 1:
                return await self._attempt_one_by_one(turn, ended)
            outcome = failed.outcome
        if outcome.verdict is Verdict.DEAD and is_to_be_split(turn.job.deliveries, outcome):
            turn.lane.split(turn.job, outcome, trio.current_time())
            return outcome
        if outcome.status is None:  # an exchange lets others have their turn; others may not
            await self._settle(turn, outcome, ended)
            return outcome
        end = self._end(turn, outcome)
        try:
            ended.send_nowait(end)
        except trio.WouldBlock:
            self._on_full()
            await ended.send(end)
        return outcome

    async def _settle(
        self, turn: Turn, outcome: Outcome, ended: trio.MemorySendChannel[EndedAttempt]
    ) -> None:
        """Have an end settled; waits while the settler has as much as it can take."""
        await ended.send(self._end(turn, outcome))

    def _end(self, turn: Turn, outcome: Outcome) -> EndedAttempt:
        is_delivered = outcome.verdict is Verdict.DELIVERED
        return EndedAttempt(turn, outcome, None if is_delivered else self._utc_now())

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
        return self._judge(turn, outcome)

    def _judge(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Count an attempt, and ask its lane how long a receiver is left alone that wants to be."""
        self._figures.latencies.note(turn.job.plan.route.id, outcome.duration_seconds)
        if outcome.verdict is Verdict.DELIVERED:
            return outcome
        if outcome.is_pushed_back:
            self._figures.pushed_back += 1
            return turn.lane.endpoint.pushed_back(turn.job, outcome, now=trio.current_time())
        self._figures.failed += 1
        return outcome
