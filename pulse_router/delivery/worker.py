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


class _Ends:
    """What one worker hands to the settler.

    While the settler has as much as it can take, an end waits, and its lease may run out: then it
    is handed over all the same, or what was attempted would be attempted again.

    Args:
        ended: Where the settler takes them.
        on_full: Told when there is no room.

    Attributes:
        waiting: What could not be handed over yet.
        parts: What of a batch was handed over by itself.
    """

    def __init__(
        self, ended: trio.MemorySendChannel[EndedAttempt], on_full: Callable[[], None]
    ) -> None:
        self._ended = ended
        self._on_full = on_full
        self.waiting: EndedAttempt | None = None
        self.parts: list[int] = []

    def send_nowait(self, end: EndedAttempt) -> bool:
        """Hand one over at once, if there is room; tell whether there was."""
        try:
            self._ended.send_nowait(end)
        except trio.WouldBlock:
            self._on_full()
            return False
        return True

    async def send(self, end: EndedAttempt) -> None:
        """Hand one over; cancelled while it waits, it is `waiting` still."""
        self.waiting = end
        await self._ended.send(end)
        self.waiting = None

    async def send_waiting(self) -> EndedAttempt | None:
        """Hand over what waits since it was cut, and tell what it was."""
        end = self.waiting
        if end is not None:
            await self.send(end)
        return end


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
        ends = _Ends(ended, self._on_full)
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
                        turn = await self._make_queued(turn, ends)
                if turn is not None and scope.cancelled_caught:
                    turn = await self._note_cut(turn, ends)

    async def _note_cut(self, turn: Turn, ends: _Ends) -> Turn | None:
        """Have what has ended settled, and let go of the rest: others may attempt it now."""
        end = await ends.send_waiting()
        ended = [] if end is None else [delivery.id for delivery in end.turn.job.deliveries]
        handed = {*ended, *ends.parts}
        turn.lane.drop([each.id for each in turn.job.deliveries if each.id not in handed])
        ends.parts.clear()
        return self._lanes.attempted(turn, None if end is None else end.outcome)

    async def _make_queued(self, turn: Turn, ends: _Ends) -> Turn | None:
        """Make an attempt of the queue; gives the lane's next one, if it is clear which is."""
        self._figures.in_flight += 1
        try:
            outcome = await self._attempt_queued(turn, ends)
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

    async def _attempt_queued(self, turn: Turn, ends: _Ends) -> Outcome:
        """Make an attempt, and have its end settled; what fails inside harms no other delivery."""
        try:
            outcome = self._judge(turn, await self._attempts.make(turn.job))
        except FailedInside as failed:
            self._figures.failed += 1
            if len(turn.job.deliveries) > 1:
                return await self._attempt_one_by_one(turn, ends)
            outcome = failed.outcome
        if outcome.verdict is Verdict.DEAD and is_to_be_split(turn.job.deliveries, outcome):
            turn.lane.split(turn.job, outcome, trio.current_time())
            return outcome
        end = self._end(turn, outcome)
        # An exchange lets others have their turn; other attempts may not.
        if outcome.status is None or not ends.send_nowait(end):
            await ends.send(end)
        return outcome

    def _end(self, turn: Turn, outcome: Outcome) -> EndedAttempt:
        is_delivered = outcome.verdict is Verdict.DELIVERED
        return EndedAttempt(turn, outcome, None if is_delivered else self._utc_now())

    async def _attempt_one_by_one(self, turn: Turn, ends: _Ends) -> Outcome:
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
            await ends.send(self._end(part, outcome))
            ends.parts.append(delivery.id)
            if not may_go_on:
                lane.drop([left.id for left in job.deliveries[place:]])
                break
        ends.parts.clear()
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
