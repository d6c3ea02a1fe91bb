"""Attempts as the stage hands them around: those that lanes want made, and those people ask for.

Values and their ends; what they mean is decided by lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import attrs
import trio

from pulse_router.delivery.attempts import LanePlan
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome
from pulse_router.domain.lanes.halving import Search

Answer: TypeAlias = Outcome | NotAttempted
"""What becomes of an attempt that somebody asked for."""
_NOT_BEGUN: Final = NotAttempted("it was not begun")


@attrs.define(eq=False)
class RequestedAttempt:
    """An attempt that somebody asked for, of a delivery that is not in the queue.

    It takes its turn in its route's lane. An urgent one is made whatever the breaker says.
    """

    delivery: Delivery
    plan: LanePlan
    is_urgent: bool
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    begun: trio.Event = attrs.field(factory=trio.Event)
    ended: trio.Event = attrs.field(factory=trio.Event)
    answer: Answer = _NOT_BEGUN

    def end(self, answer: Answer) -> None:
        """Note how it ended, and tell who waits for it."""
        self.answer = answer
        self.begun.set()
        self.ended.set()


@attrs.define(eq=False)  # frozen, it would take five times as long to make
class Job:
    """One attempt that a lane wants made, by the plan of the moment when it began.

    Attributes:
        plan: By which it is made.
        deliveries: What is delivered.
        epoch: That of the lease under which it began.
        begun_at: When it began.
        begun_in: The round of the lane's concurrency in which it began.
        was_full: Whether the lane had as many under way as it may.
        requested: Who asked for it, when it is not of the queue.
        search: The search for what a batch is refused for, that it is part of.
    """

    plan: LanePlan
    deliveries: Sequence[Delivery]
    epoch: int
    begun_at: float
    begun_in: int
    was_full: bool
    requested: RequestedAttempt | None = None
    search: Search | None = None
