"""A broadcaster, its ring and a table, with a client that comes, goes and comes again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs
import trio

from pulse_router.domain.live import as_event
from pulse_router.domain.messages import Message
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Feed, Missed
from tests.support.streams.groups import NoGroups
from tests.support.streams.table import MemoryEventStore, make_message

FOREIGN = "FOREIGN"
"""A device that speaks through another router: its rows are in the table, when they like."""


@attrs.define(eq=False)
class World:
    """Ingest, the table and one client that may come and go. Our ids are even, foreign ones odd."""

    max_events: int = 1_000
    broadcaster: Broadcaster = attrs.field(
        factory=lambda: Broadcaster(NoGroups(), ring_capacity=1_000)
    )
    recent: RecentEvents = attrs.field(factory=lambda: RecentEvents(max_events=3, max_bytes=60))
    store: MemoryEventStore = attrs.field(factory=MemoryEventStore)
    published: list[Message] = attrs.field(factory=list)
    committed: int = 0
    newest: int = 0
    script: list[Callable[[], None]] = attrs.field(factory=list)
    log: list[int | str] = attrs.field(factory=list)
    """What the client got: ids of events, and answers."""

    waiting: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """What the client waits in, which may be cancelled."""

    def __attrs_post_init__(self) -> None:
        self.recent.open(0)
        self.store.meanwhile = self._meanwhile

    @property
    def got(self) -> list[int]:
        return [entry for entry in self.log if isinstance(entry, int)]

    @property
    def answers(self) -> list[str]:
        return [entry for entry in self.log if isinstance(entry, str)]

    @property
    def missed(self) -> Missed:
        return Missed(self.broadcaster, self.recent, self.store, max_events=self.max_events)

    def publish(self, *devices: str) -> None:
        """Let messages come in: as the decoder does, without waiting."""
        chunk = []
        for device in devices:
            self.newest += 2
            msg_type = "status" if device == "silent" else "telemetry"
            tenant = "OTHER" if device == "other" else "T"
            chunk.append(make_message(self.newest, device, tenant, msg_type))
        self.recent.add(chunk)
        self.broadcaster.publish([as_event(m) for m in chunk if m.msg_type == "telemetry"])
        self.published += chunk

    def commit(self, count: int = 1_000) -> None:
        """Commit the oldest messages that are in hand."""
        batch = self.published[self.committed : self.committed + count]
        self.committed += len(batch)
        self.store.rows += batch
        if batch:
            self.recent.commit(batch[-1].event_id)

    def flood(self) -> None:
        """Let more come in, and be committed, than the ring holds."""
        self.publish(*"abab")
        self.commit()

    def foreign(self) -> None:
        """Let another router commit a row between ours."""
        if all(row.event_id != self.newest + 1 for row in self.store.rows):
            self.store.rows.append(make_message(self.newest + 1, FOREIGN))

    async def _meanwhile(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.script:
            self.script.pop(0)()

    @contextmanager
    def connected(self, after: int | None) -> Iterator[Feed]:
        with self.broadcaster.open_subscription("T") as subscription:
            feed = Feed(subscription, self.missed, after)
            subscription.apply(StreamFilter(), {})
            yield feed

    async def take(self, feed: Feed, *, seconds: float = 1) -> bool:
        """Take what comes, if anything does."""
        with trio.move_on_after(seconds) as self.waiting:
            taken = await feed.take()
            assert taken.dropped == 0
            for item in taken.items:
                self.log.append(item.event_id if isinstance(item, EncodedEvent) else item)
        return not self.waiting.cancelled_caught

    async def take_all(self, feed: Feed) -> None:
        while await self.take(feed):
            pass

    def ids(self, *devices: str) -> list[int]:
        return [message.event_id for message in self.published if message.device_id in devices]
