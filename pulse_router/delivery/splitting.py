"""Batches that a receiver refuses: smaller ones go out in their place, and what passes is settled.

Of a batch that is too large, less at once; of one that is refused for what is in it, halves. The
parts take their turns as any other attempt.
"""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.delivery.jobs import Job
from pulse_router.delivery.receiver.terms import Terms
from pulse_router.delivery.window import Window, weight_in_batch
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.lanes.halving import Search


def is_to_be_split(deliveries: Sequence[Delivery], outcome: Outcome) -> bool:
    """Tell whether parts of a batch may be taken although all of it was refused.

    An endpoint that is gone takes nothing, and neither does an address that may not be called.
    """
    if len(deliveries) == 1 or outcome.verdict is not Verdict.DEAD or outcome.disable_route:
        return False
    is_refused = outcome.status is not None and 400 <= outcome.status < 500
    return outcome.is_too_large or is_refused


def split(job: Job, outcome: Outcome, window: Window, terms: Terms, now: float) -> None:
    """Have parts of a batch go out that was refused; nothing of it is settled.

    Args:
        job: The attempt.
        outcome: How it was refused.
        window: Where its deliveries are in hand.
        terms: What the receiver has taught.
        now: The time.
    """
    if outcome.is_too_large:
        terms.note_too_large(sum(map(weight_in_batch, job.deliveries)), now)
        window.max_bytes = terms.max_bytes(now)
        window.put_back([job.deliveries], job.search)
    else:
        search = job.search or Search()
        window.put_back(search.parts_of(job.deliveries), search)
