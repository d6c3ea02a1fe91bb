"""A turn: an attempt of a lane that was given a worker.

It knows neither how attempts are made nor whose turn is next.
"""

from __future__ import annotations

import attrs

from pulse_router.delivery.jobs import Job
from pulse_router.delivery.lane import Lane


@attrs.define(eq=False)
class Turn:
    """One attempt under way, or ended and not settled yet.

    Attributes:
        lane: Whose it is.
        job: What is attempted.
        has_yielded: Whether it lasts so long that it no longer counts as a worker's.
    """

    lane: Lane
    job: Job
    has_yielded: bool = False
