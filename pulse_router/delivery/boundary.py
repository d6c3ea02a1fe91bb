"""Where what a delivery holds ends: whatever an attempt raises becomes its outcome.

Destinations turn what they know of into outcomes. What they do not know of is said once, with its
traceback, and spends this attempt; nothing of it reaches another delivery, or the task. It knows
nothing of lanes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog

from pulse_router.delivery.attempts import attempt_batch, find_receiver
from pulse_router.delivery.jobs import Job
from pulse_router.delivery.ports import Destination
from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.runtime.seldom import Seldom

_SAID: Final = "the attempt failed inside of the router ({}); its log says more"

_log = structlog.get_logger()


class FailedInside(Exception):
    """An attempt ended in an error that its destination does not know.

    Args:
        outcome: What becomes of it.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


class SafeAttempts:
    """Makes attempts.

    Args:
        destinations: Where deliveries can go.
    """

    def __init__(self, destinations: Mapping[DestinationType, Destination]) -> None:
        self._destinations = destinations
        self._seldom = Seldom()

    async def make(self, job: Job) -> Outcome:
        """Make one attempt with all deliveries of a job.

        Raises:
            FailedInside: It ended in another way than by an outcome.
        """
        route = job.plan.route
        try:
            if job.plan.batch is not None and job.requested is None:
                return await attempt_batch(self._destinations, job.deliveries, route)
            [delivery] = job.deliveries
            receiver = find_receiver(self._destinations, route)
            if isinstance(receiver, Outcome):
                return receiver
            return await receiver.deliver(delivery, route, attempt=delivery.spent + 1)
        except CannotRender as error:  # one of a batch, which is found by trying each
            said = f"the request cannot be made: {error}"
            raise FailedInside(Outcome(Verdict.RETRY, error=said)) from error
        except Exception as error:
            name = _name_of(error)
            if self._seldom.is_due((route.id, name)):
                _log.exception(
                    "an attempt failed inside, and is spent",
                    route_id=route.id,
                    deliveries=[delivery.id for delivery in job.deliveries[:10]],
                )
            # The error's text may hold what the delivery or its route does.
            raise FailedInside(Outcome(Verdict.RETRY, error=_SAID.format(name))) from error


def _name_of(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
