"""Sends a live client what it has missed, then what is new, without a gap or a double between.

What was missed is read page by page, as fast as the client takes it: from the table, until the ring
of recent events reaches back far enough, then from the ring. The step from the ring to the live
feed is made without waiting, so that no event comes in between. It knows nothing of connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.runtime.stride import Stride
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.encoding import EncodedEvent, Encodings
from pulse_router.streaming.outbox import MAX_TAKEN, Answer, Taken
from pulse_router.streaming.ports import EventStore
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.subscription import Subscription

PAGE: Final = 200
"""How many events are looked at in one go, at the most: a few milliseconds of work."""

FIRST_PAGE: Final = 20
"""How many are at first, before it is known what they weigh."""

READERS: Final = 2
"""How many clients read the table at once: ingest needs its connections."""


class Missed:
    """What clients may have missed.

    Args:
        broadcaster: The live feed.
        recent: The newest events.
        store: All that are committed.
        max_events: How many events a client is sent at the most before those of the ring.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        recent: RecentEvents,
        store: EventStore,
        *,
        max_events: int,
    ) -> None:
        self.broadcaster = broadcaster
        self.recent = recent
        self.store = store
        self.max_events = max_events
        self.readers = trio.CapacityLimiter(READERS)


class Feed:
    """All that one client is to be sent, in order.

    Args:
        subscription: The client's place in the live feed; held from here on, if it resumes.
        missed: What it may have missed.
        after: The id of the last event that it has seen; None when it wants only what is new.
    """

    def __init__(self, subscription: Subscription, missed: Missed, after: int | None) -> None:
        self.subscription = subscription
        self._replay: _Replay | None = None
        if after is not None:
            missed.broadcaster.hold(subscription)
            self._replay = _Replay(subscription, missed, after)

    async def take(self) -> Taken:
        """Wait until there is something to send; nothing is lost by cancellation.

        Raises:
            Unavailable: What was missed cannot be read now.
        """
        outbox = self.subscription.outbox
        while self._replay is not None and not len(outbox):
            items = await self._replay.page()
            if items is None:
                self._replay = None
            elif items:
                return Taken(items, 0)
        return await outbox.take()


class _Replay:
    """What one client has missed, page by page."""

    def __init__(self, subscription: Subscription, missed: Missed, after: int) -> None:
        self._subscription = subscription
        self._missed = missed
        self._recent = missed.recent
        self._position = after
        self._limit = min(FIRST_PAGE, PAGE)
        self._allowance = 0
        """How many events may be read from the table before it is asked how many there are."""

    async def page(self) -> list[EncodedEvent | Answer] | None:
        """Give what comes next; None when all was given, and the client hears what is new.

        Raises:
            Unavailable: It cannot be read now.
        """
        await trio.lowlevel.checkpoint()
        if self._subscription.outbox.answers:
            return []  # the answer to a new filter goes before what passes it
        stored_to = self._recent.stored_to
        if stored_to is None:
            raise Unavailable("the router is starting")
        if self._position > self._recent.newest:
            return [self._gap(self._recent.newest)]
        if self._position >= stored_to:
            return await self._from_ring()
        async with self._missed.readers:
            return await self._from_table(stored_to)

    async def _from_ring(self) -> list[EncodedEvent | Answer] | None:
        events, position = self._recent.after(
            self._subscription.tenant_id, self._position, self._limit
        )
        if not events:
            self._position = position
            self._missed.broadcaster.release(self._subscription)
            return None
        return await self._encoded(events, position)

    async def _from_table(self, stored_to: int) -> list[EncodedEvent | Answer]:
        """Read up to what the ring holds: later rows may stand before some that do not yet."""
        subscription, store = self._subscription, self._missed.store
        if self._allowance <= 0:
            self._allowance = self._missed.max_events
            point = await store.load_resume_point(
                subscription.tenant_id,
                after=self._position,
                up_to=stored_to,
                at_most=self._missed.max_events,
            )
            if not point.is_complete:
                return [self._gap(stored_to if point.first_id is None else point.first_id - 1)]
        page = await store.load_events(
            subscription.tenant_id,
            after=self._position,
            up_to=stored_to,
            devices=subscription.devices,
            metric_names=subscription.filter.metric_names,
            limit=self._limit,
        )
        if subscription.outbox.answers:
            return []  # the filter has changed meanwhile: this is asked for again
        limit = self._limit
        shown = await self._encoded(
            page.events, stored_to if page.last_id is None else page.last_id
        )
        self._allowance -= limit
        return shown

    def _gap(self, position: int) -> Answer:
        """Go on after another id, and say so."""
        gap = {"type": "gap", "from": str(self._position), "to": str(position)}
        self._position = position
        return msgspec.json.encode(gap).decode()

    async def _encoded(
        self, events: Sequence[TelemetryEvent], position: int
    ) -> list[EncodedEvent | Answer]:
        """Make a page of events, up to a position: it is passed when they are made, not before."""
        subscription, stride = self._subscription, Stride()
        metric_names = subscription.filter.metric_names
        page: list[EncodedEvent] = []
        for event in events:
            if not subscription.wants(event.device_id):
                continue
            if (encoded := Encodings(event).under(metric_names)) is not None:
                page.append(encoded)
            await stride.step()
            if subscription.outbox.answers:
                return []  # the filter has changed meanwhile: they are made anew
        self._position = position
        self._weigh(page)
        return [*page]

    def _weigh(self, page: Sequence[EncodedEvent]) -> None:
        """Let the next page weigh no more than a client may hold that does not read."""
        characters = sum(len(event.text) for event in page)
        if characters > MAX_TAKEN:
            self._limit = max(1, self._limit * MAX_TAKEN // characters)
        else:
            self._limit = min(PAGE, self._limit * 2)
