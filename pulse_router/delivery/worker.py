"""A worker: takes attempts from the lanes and makes them, one at a time.

It does not know what becomes of a delivery afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import trio

from pulse_router.delivery.attempts import LanePlan, attempt_delivery
from pulse_router.delivery.figures import DeliveryFigures
from pulse_router.delivery.lane import Job
from pulse_router.delivery.ports import Destination
from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.routes import DestinationType


@attrs.frozen(eq=False)
class EndedAttempt:
    """An attempt that has ended and is to be settled."""

    job: Job
    plan: LanePlan
    outcome: Outcome


class Worker:
    """Makes attempts until its source closes.

    Args:
        destinations: Where deliveries can go.
        figures: Where attempts are counted.
    """

    def __init__(
        self, destinations: Mapping[DestinationType, Destination], figures: DeliveryFigures
    ) -> None:
        self._destinations = destinations
        self._figures = figures

    async def run(
        self,
        jobs: trio.MemoryReceiveChannel[Job],
        ended: trio.MemorySendChannel[EndedAttempt],
    ) -> None:
        """Work until the lanes have closed their end.

        Cancelled in the middle of an attempt, it leaves the delivery pending in the table.

        Args:
            jobs: Where attempts come from.
            ended: Where the settler takes them; closed at the end.
        """
        with jobs, ended:
            async for job in jobs:
                # The plan of this moment: the route may have changed while the job waited.
                plan = job.lane.plan
                if plan is None:
                    job.lane.put_back(job.delivery)
                    continue
                outcome = await self._attempt(job, plan)
                await ended.send(EndedAttempt(job, plan, outcome))
                succeeded = outcome.verdict is Verdict.DELIVERED
                job.lane.attempted(succeeded=succeeded)

    async def _attempt(self, job: Job, plan: LanePlan) -> Outcome:
        self._figures.in_flight += 1
        try:
            outcome = await attempt_delivery(
                self._destinations, job.delivery, plan.route, job.delivery.attempts + 1
            )
        finally:
            self._figures.in_flight -= 1
        if outcome.verdict is not Verdict.DELIVERED:
            self._figures.failed += 1
        return outcome
