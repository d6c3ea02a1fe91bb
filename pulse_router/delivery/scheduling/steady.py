"""Which lanes need not be looked at: those that go on as before, of which there is nothing new.

To look at a lane costs as much as all else that its attempt costs here.
"""

from __future__ import annotations

from pulse_router.delivery.scheduling.turn import Turn
from pulse_router.domain.deliveries import Outcome
from pulse_router.domain.lanes.control import Health


def goes_on(
    ended: Turn, begun: Turn | None, outcome: Outcome | None, *, before: Health, now: float
) -> bool:
    """Tell whether nothing of a lane has changed but that one attempt took another's place.

    Args:
        ended: The one that has ended.
        begun: The one that its worker has begun then, if any.
        outcome: How it ended; None without a word of it.
        before: How the endpoint did before it ended.
        now: The time.
    """
    if begun is None or outcome is None or ended.has_yielded:
        return False
    lane, was, is_now = begun.lane, ended.job, begun.job
    return (
        lane.health is before
        and was.requested is None
        and is_now.requested is None
        and not lane.requests.is_busy
        and is_now.plan is was.plan
        and is_now.plan.batch is None
        and lane.endpoint.terms.pace.opens_at <= now
        and lane.has_plenty
    )
