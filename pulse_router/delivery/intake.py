"""What a lane takes from the table: when it looks, how much it asks for, and in which order.

It decides only; others ask the database. It knows nothing of endpoints or attempts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import starmap
from typing import Final

import attrs

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.leases import Hold
from pulse_router.delivery.marks import Marks
from pulse_router.delivery.window import Window
from pulse_router.domain.deliveries import Delivery, DueDeliveries
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.messages import NewDelivery
from pulse_router.domain.queue_marks import HIGHEST_ID, QueueMark

PACE_SECONDS: Final = 0.005
"""How far apart fetches begin when little comes of each; the first one begins at once."""
FETCHED_AT: Final = 2
"""More is fetched when half of a deep queue's window is left."""
_NEVER: Final = float("inf")


@attrs.frozen
class Fetch:
    """What a lane wants of the table.

    Attributes:
        exclude: Ids of what it holds already.
        limit: How many at the most.
        max_bytes: How much they may weigh together; one may always come.
        in_order: Whether they must come by event order, and none before an older one is due.
        edition: How often what was asked for before has turned out to be in the wrong order.
        since: Where the look begins.
    """

    exclude: Collection[int]
    limit: int
    max_bytes: int
    in_order: bool
    edition: int
    since: QueueMark


class Intake:
    """The window of a lane, and what is known of the table behind it.

    An ordered route's deliveries come strictly one after the other: what has failed is dropped
    from the window with all that follows it, and nothing is fetched before it is due again.

    Args:
        budget: The bytes that all windows share.
        marks: What earlier lanes of the route have left of where looks begin.
        looked_under: How the route was held when the table was looked at last.
    """

    def __init__(
        self, budget: ByteBudget, marks: Marks | None = None, *, looked_under: Hold | None = None
    ) -> None:
        self.window = Window(budget)
        self.marks = marks or Marks()
        self.looked_under = looked_under
        self.may_have_more = True
        self.next_due_at = _NEVER
        self.is_in_order = False
        self._edition = 0
        self._failed: set[int] = set()
        self._held_back_until = 0.0
        self._is_deep = False
        self._is_fetching = False
        self._next_fetch_at = 0.0

    @property
    def has_work(self) -> bool:
        """Whether anything waits, or may come."""
        return bool(self.window) or self.may_have_more or self.next_due_at < _NEVER

    @property
    def has_plenty(self) -> bool:
        """Whether so much waits that the table is not looked at yet, whatever may be there."""
        return len(self.window) > self.window.size_of_fetch(None) // FETCHED_AT

    def wants_more(self, plan: LanePlan, now: float) -> bool:
        """Tell whether the table should be looked at, as long as the endpoint is well."""
        if not self.may_find_more(now) or now < self._next_fetch_at:
            return False
        is_deep = self._is_deep and not self.window.has_no_room
        enough = self._size_of_fetch(plan) // FETCHED_AT if is_deep else 0
        if plan.batch is not None:
            if self.window.holds_batch(plan.batch.max_messages):
                return False
            enough = max(enough, plan.batch.max_messages - 1)
        return len(self.window) <= enough

    def may_find_more(self, now: float) -> bool:
        """Tell whether there may be anything that could be attempted now, and room for it."""
        is_free = not self._failed and now >= self._held_back_until
        # A lane that holds something looks again when it has let go of it.
        if self.window.has_no_room and (self.window or self.window.in_hand):
            return False
        return is_free and (self.may_have_more or now >= self.next_due_at)

    def holds_attempt(self, plan: LanePlan, now: float, *, is_probe: bool) -> bool:
        """Tell whether there is something to attempt; a batch waits until it is full, or late."""
        if plan.batch is None or is_probe or not self.window:
            return bool(self.window)
        is_late = now >= self.window.since + plan.batch.max_wait_seconds
        return is_late or self.window.holds_batch(plan.batch.max_messages)

    def next_alarm_at(self, plan: LanePlan, now: float) -> float:
        """Tell when the table should be looked at, or a batch is late, at the earliest."""
        fetch_at = max(self.next_find_at(now), self._next_fetch_at)
        if not self.window:
            return fetch_at
        if plan.batch is None:
            return _NEVER
        late_at = self.window.since + plan.batch.max_wait_seconds
        return min((at for at in (fetch_at, late_at) if at > now), default=_NEVER)

    def next_find_at(self, now: float) -> float:
        """Tell when there may be something in the table; never while a failure is not settled."""
        if self._failed:
            return _NEVER
        if self._held_back_until > now:
            return self._held_back_until
        return now if self.may_have_more else self.next_due_at

    def offer(
        self, deliveries: Sequence[NewDelivery], *, plan: LanePlan, hold: Hold, now: float
    ) -> int:
        """Take the first of what is new in the table, unless something older must come before.

        What the last look has shown holds as long as the holding under which it was made; and where
        others store for the route too, nobody tells of what may be older.

        Returns:
            How many.
        """
        self.keep_to(plan)
        if self._is_fetching or self.may_have_more or now >= self.next_due_at:
            return 0
        if hold != self.looked_under:
            return 0
        if plan.ordered and (self._is_held_back or hold.is_shared):
            return 0
        room = max(0, self._size_of_fetch(plan) - len(self.window))
        taken = self.window.fill(starmap(Delivery, deliveries[:room]), now=now)
        self.may_have_more = self.marks.note_taken(taken)
        return taken

    def begin_fetch(
        self, plan: LanePlan | None, now: float, *, is_probe: bool, hold: Hold | None
    ) -> Fetch:
        """Note that what is due is being fetched; what comes to light meanwhile counts again."""
        self.looked_under = hold
        self._is_fetching = True
        self.may_have_more = False
        self.next_due_at = _NEVER
        self._held_back_until = 0.0
        self._next_fetch_at = now + PACE_SECONDS
        granted = self.window.room.grant()
        return Fetch(
            exclude=self.window.known,
            limit=1 if is_probe or not granted else self._size_of_fetch(plan),
            max_bytes=granted,
            in_order=self.is_in_order,
            edition=self._edition,
            since=self.marks.begin(epoch=None if hold is None else hold.epoch, now=now),
        )

    def fetched(
        self, found: DueDeliveries, *, fetch: Fetch, plan: LanePlan | None, now: float
    ) -> None:
        """Note what was due, as it was asked for."""
        self._is_fetching = False
        self.window.room.give_back(fetch.max_bytes)
        if fetch.edition != self._edition:
            self.may_have_more = True
            return
        self.window.put(found.deliveries, now=now)
        mark = _mark_of(found, fetch)
        if self.marks.looked(fetch.since, mark, self.window.known, now=now):
            self.may_have_more = True
        self._is_deep = bool(found.deliveries) and found.next_due_after_seconds == 0
        if self._is_deep:
            self._next_fetch_at = now
        if found.next_due_after_seconds is not None:
            self.note_due(found.next_due_after_seconds, now=now)
            if fetch.in_order and found.next_due_after_seconds > 0:
                self._held_back_until = self.next_due_at
        if len(found.deliveries) >= self._size_of_fetch(plan):
            self.window.grow()

    def note_due(self, after_seconds: float, *, now: float) -> None:
        """Note that a delivery is due again, so many seconds from now."""
        self.next_due_at = min(self.next_due_at, now + max(after_seconds, 0.0))

    def hurry(self) -> None:
        """Note that what was found not to be due may be due now."""
        self._held_back_until = 0.0
        self.marks.forget()
        self.may_have_more = True

    def let_go(self, delivery_ids: Collection[int]) -> None:
        """Note that the ends of attempts are written: they are no longer in hand."""
        self.window.let_go(delivery_ids)
        self.marks.let_go(delivery_ids)
        self._failed.difference_update(delivery_ids)

    def fall_back(self, failed: Iterable[int], *, is_given_up: bool) -> None:
        """Hold less while things go wrong, and nothing that must come after what has failed.

        Args:
            is_given_up: Whether only probes are made, for which one is fetched each time.
            failed: What is to be attempted again; what of it is settled already is known to the
                table.
        """
        dropped = self.window.shrink()
        if self.is_in_order:
            self._edition += 1
            self.marks.note_failed(failed)
            self._failed.update(self.window.in_hand & set(failed))
            self._held_back_until = 0.0
        if self.is_in_order or is_given_up:
            dropped = self.window.clear() or dropped
        if dropped:
            self.marks.fall_back(self.window.in_hand)
        self.may_have_more = self.may_have_more or dropped

    def keep_to(self, plan: LanePlan) -> None:
        """Fetch anew what was fetched in another order than the plan wants now."""
        if plan.ordered is not self.is_in_order:
            self.is_in_order = plan.ordered
            self._edition += 1
            # Whatever of it fails must come first.
            self._failed = set(self.window.in_hand) if plan.ordered else set()
            self._held_back_until = 0.0
            self.marks.forget()
            self.forget()

    def forget(self) -> None:
        """Forget what is not under way: it is another's, or paused, or in the wrong order."""
        dropped = self.window.clear()
        if dropped:
            self.marks.fall_back(self.window.in_hand)
        if dropped or self.next_due_at < _NEVER:
            self.next_due_at = _NEVER
            self.may_have_more = True

    @property
    def _is_held_back(self) -> bool:
        """Whether one that has failed must come before whatever is new."""
        return bool(self._failed) or self.next_due_at < _NEVER

    def _size_of_fetch(self, plan: LanePlan | None) -> int:
        batch = None if plan is None else plan.batch
        return self.window.size_of_fetch(None if batch is None else batch.max_messages)


def _mark_of(found: DueDeliveries, fetch: Fetch) -> QueueMark | None:
    """Give where the next look begins; on an ordered route, also for what has failed."""
    if found.mark is None or not fetch.in_order:
        return found.mark
    seen = (*fetch.exclude, *(delivery.id for delivery in found.deliveries))
    return attrs.evolve(found.mark, attempted_from=min(seen, default=HIGHEST_ID))
