"""A lane: what one route has pending, how its endpoint does, and what there is to do next.

It only decides; whoever holds it asks the database and makes the attempts. So a lane costs little
while nothing happens, however many there are. It exists only while its route has work.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Final

import attrs

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.route_book import Absent, RouteBook
from pulse_router.domain.deliveries import Delivery, DueDeliveries, Outcome, Verdict
from pulse_router.domain.lane_control import Health, Trust

SMALLEST_WINDOW: Final = 16
LARGEST_WINDOW: Final = 200
LARGEST_BATCH_WINDOW: Final = 1000
PACE_SECONDS: Final = 0.005
"""How far apart fetches begin when little comes of each; the first one begins at once."""
_NEVER: Final = float("inf")


class TableWork(enum.Enum):
    """What a lane needs the database for."""

    LOAD = "load its route"
    FETCH = "fetch what is due"
    BURY = "move what is pending to the dead letters"


@attrs.define(eq=False)
class Job:
    """One attempt that a lane wants made, by the plan of the moment when it began."""

    lane: Lane
    plan: LanePlan
    deliveries: Sequence[Delivery]
    epoch: int
    begun_at: float
    begun_in: int
    was_full: bool
    has_ended: bool = False


class Lane:
    """The deliveries of one route.

    Args:
        route_id: The route.
        book: The routes as they are now.
        health: What is known of the endpoint from before.
        most: How many attempts one lane may have under way, whatever its route says.
        epoch_of: Tells the epoch of the lease under which it may work; None when it may not.
        on_weight: Told by how many the attempts under way of lanes of a kind have become more.
    """

    def __init__(
        self,
        route_id: int,
        *,
        book: RouteBook,
        health: Health,
        most: int,
        epoch_of: Callable[[int], int | None],
        on_weight: Callable[[Trust, int], None],
    ) -> None:
        self.route_id = route_id
        self.health = health
        self.in_flight = 0
        self.ticket = 0
        self.alarm_at = _NEVER
        self.is_at_table = False
        self._book = book
        self._most = most
        self._epoch_of = epoch_of
        self._on_weight = on_weight
        self._window: deque[Delivery] = deque()
        self._window_since = 0.0
        self._window_size = SMALLEST_WINDOW
        self._in_hand: set[int] = set()
        self._may_have_more = True
        self._is_deep = False
        self._next_due_at = _NEVER
        self._next_fetch_at = 0.0

    # What there is to do.

    @property
    def plan(self) -> LanePlan | None:
        """The plan by which attempts may be made now.

        None when the route is paused or gone, or another router's.
        """
        entry = self._book.look_up(self.route_id)
        may_work = isinstance(entry, LanePlan) and entry.route.is_enabled and self._is_ours
        return entry if isinstance(entry, LanePlan) and may_work else None

    def may_attempt(self, now: float) -> bool:
        """Tell whether an attempt may begin."""
        plan = self.plan
        return (
            plan is not None
            and self._has_filled(plan, now)
            and self.health.may_begin(in_flight=self.in_flight, most=self._limit_of(plan), now=now)
        )

    def table_work(self, now: float) -> TableWork | None:
        """Tell what the database is needed for; None while that is being done, or nothing is."""
        if self.is_at_table:
            return None
        entry = self._book.look_up(self.route_id)
        if entry is Absent.UNKNOWN:
            return TableWork.LOAD
        if (plan := self.plan) is not None:
            return TableWork.FETCH if self._wants_more(plan, now) else None
        self._forget_window()
        if self._is_to_be_buried and not self._in_hand:
            return TableWork.BURY
        return None

    def next_alarm_at(self, now: float) -> float:
        """Tell when there may be something to do although nobody tells the lane of it."""
        if (plan := self.plan) is None:
            return _NEVER
        if self.health.breaker.is_open:
            next_at = now if self._window or self._may_have_more else self._next_due_at
            return _NEVER if self.in_flight else max(next_at, self.health.breaker.probe_at)
        fetch_at = max(now if self._may_have_more else self._next_due_at, self._next_fetch_at)
        if not self._window:
            return fetch_at
        if plan.batch is None:
            return _NEVER
        filled_at = self._window_since + plan.batch.max_wait_seconds
        return min((at for at in (fetch_at, filled_at) if at > now), default=_NEVER)

    @property
    def is_done(self) -> bool:
        """Whether nothing is pending, or the route is paused and nothing is in hand."""
        if self.is_at_table or self._in_hand:
            return False
        entry = self._book.look_up(self.route_id)
        if entry is Absent.UNKNOWN:
            return False
        if self.plan is None:
            return not self._is_to_be_buried
        return not (self._window or self._may_have_more or self._next_due_at < _NEVER)

    @property
    def has_in_hand(self) -> bool:
        """Whether attempts are under way or not settled yet."""
        return bool(self._in_hand)

    @property
    def _is_ours(self) -> bool:
        return self._epoch_of(self.route_id) is not None

    @property
    def _is_to_be_buried(self) -> bool:
        is_gone = self._book.look_up(self.route_id) is Absent.GONE
        return is_gone and self._may_have_more and self._is_ours

    # What others tell the lane.

    def wake(self) -> None:
        """Note that there may be new deliveries in the table."""
        self._may_have_more = True

    def begin_fetch(self, now: float) -> tuple[Collection[int], int]:
        """Note that what is due is being fetched; what comes to light meanwhile counts again.

        Returns:
            What to leave out, and how many to fetch at the most.
        """
        self._may_have_more = False
        self._next_due_at = _NEVER
        self._next_fetch_at = now + PACE_SECONDS
        known = [*self._in_hand, *(delivery.id for delivery in self._window)]
        return known, 1 if self.health.breaker.is_open else self._size_of_window

    def fetched(self, found: DueDeliveries, *, limit: int, now: float) -> None:
        """Note what was due.

        Args:
            found: What the database says.
            limit: How many were asked for.
            now: The time.
        """
        if not self._window:
            self._window_since = now
        self._window.extend(found.deliveries)
        self._is_deep = len(found.deliveries) >= limit
        if self._is_deep:
            self._next_fetch_at = now
        if found.next_due_after_seconds is not None:
            self.note_due(found.next_due_after_seconds, now=now)
        if len(found.deliveries) >= self._size_of_window:
            self._window_size = min(2 * self._window_size, LARGEST_WINDOW)

    def bury_more(self, *, is_more: bool) -> None:
        """Note whether there may be more to bury."""
        self._may_have_more = self._may_have_more or is_more

    def begin_burial(self) -> None:
        """Note that what is pending is being buried; what comes to light meanwhile counts again."""
        self._may_have_more = False

    def take(self, now: float) -> Job:
        """Begin an attempt; only while `may_attempt` says so."""
        plan, epoch = self.plan, self._epoch_of(self.route_id)
        if plan is None or epoch is None:
            raise RuntimeError("an attempt was begun for a route that is paused or gone")
        concurrency = self.health.concurrency
        deliveries = self._next_deliveries(plan)
        self._window_since = now
        self._in_hand.update(delivery.id for delivery in deliveries)
        self.in_flight += 1
        self._on_weight(self.health.trust, 1)
        self.health = self.health.begun(now)
        return Job(
            lane=self,
            plan=plan,
            deliveries=deliveries,
            epoch=epoch,
            begun_at=now,
            begun_in=concurrency.round,
            was_full=self.in_flight >= concurrency.limit,
        )

    def attempted(self, job: Job, outcome: Outcome, now: float) -> None:
        """Note that an attempt has ended, and another may begin. It is not settled yet."""
        seconds = now - job.begun_at
        health = self.health
        if outcome.verdict is Verdict.DELIVERED:
            health = health.succeeded(
                was_full=job.was_full, most=self._limit_of(job.plan), seconds=seconds
            )
        elif outcome.verdict is Verdict.DEAD:
            health = health.refused(seconds=seconds)
        else:
            health = health.failed(begun_in=job.begun_in, now=now)
            self._shrink()
        self._on_weight(self.health.trust, -1)
        self.in_flight -= 1
        self._judge(health)

    def note_slow(self) -> None:
        """Note that an attempt lasts too long."""
        self._judge(self.health.slow())

    def let_go(self, delivery_ids: Sequence[int]) -> None:
        """Note that the ends of attempts are written: they are no longer in hand."""
        self._in_hand.difference_update(delivery_ids)

    def note_due(self, after_seconds: float, *, now: float) -> None:
        """Note that a delivery is due again, so many seconds from now."""
        self._next_due_at = min(self._next_due_at, now + max(after_seconds, 0.0))

    # How it decides.

    def _limit_of(self, plan: LanePlan) -> int:
        return min(plan.concurrency, self._most)

    @property
    def _size_of_window(self) -> int:
        """How many deliveries are fetched at once; each may be a batch."""
        plan = self.plan
        if plan is None or plan.batch is None:
            return self._window_size
        return min(self._window_size * plan.batch.max_messages, LARGEST_BATCH_WINDOW)

    def _has_filled(self, plan: LanePlan, now: float) -> bool:
        """Tell whether there is something to attempt; a batch waits until it is full, or late."""
        if plan.batch is None or self.health.breaker.is_open:
            return bool(self._window)
        if len(self._window) >= plan.batch.max_messages:
            return True
        return bool(self._window) and now >= self._window_since + plan.batch.max_wait_seconds

    def _next_deliveries(self, plan: LanePlan) -> Sequence[Delivery]:
        """Take what the next attempt is made with; a probe spends no more than one delivery."""
        many = plan.batch is not None and not self.health.breaker.is_open
        count = plan.batch.max_messages if many and plan.batch is not None else 1
        return [self._window.popleft() for _ in range(min(count, len(self._window)))]

    def _wants_more(self, plan: LanePlan, now: float) -> bool:
        if not self._may_have_more and now < self._next_due_at:
            return False
        breaker = self.health.breaker
        if breaker.is_open:
            return not self._window and not self.in_flight and now >= breaker.probe_at
        if now < self._next_fetch_at:
            return False
        enough = self._size_of_window // 4 if self._is_deep else 0
        if plan.batch is not None:
            enough = max(enough, plan.batch.max_messages - 1)
        return len(self._window) <= enough

    def _shrink(self) -> None:
        """Hold less while things go wrong: what is not attempted soon need not be in memory."""
        self._window_size = SMALLEST_WINDOW
        while len(self._window) > SMALLEST_WINDOW:
            self._window.pop()
            self._may_have_more = True

    def _forget_window(self) -> None:
        """Forget what is not under way, for the route is paused or gone."""
        if self._window or self._next_due_at < _NEVER:
            self._window.clear()
            self._next_due_at = _NEVER
            self._may_have_more = True

    def _judge(self, health: Health) -> None:
        self._on_weight(self.health.trust, -self.in_flight)
        self._on_weight(health.trust, self.in_flight)
        self.health = health
