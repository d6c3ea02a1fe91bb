"""What ingest needs from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from pulse_router.domain.messages import (
    DeviceKey,
    DeviceLookup,
    IngestCommit,
    IngestCounts,
    IngestMemory,
    Message,
    NewDelivery,
    NewDevice,
    Rejection,
    TelemetryEvent,
)
from pulse_router.domain.routes import RouteSet
from pulse_router.domain.spans import Span


class Pieces(Protocol):
    """A batch that is being stored, piece by piece."""

    async def add(self, messages: Sequence[Message], deliveries: Sequence[NewDelivery]) -> None:
        """Store a piece.

        Raises:
            DataRefused: A value in it cannot be stored; nothing of it is, and the others stay.
            Unavailable: All is lost.
        """
        ...

    async def takes(self, message: Message) -> bool:
        """Tell whether a message could be stored, without storing it.

        Raises:
            Unavailable: All is lost.
        """
        ...

    async def reject(self, rejections: Sequence[Rejection]) -> None:
        """Store what was refused.

        Raises:
            DataRefused: A value in it cannot be stored; nothing of it is, and the others stay.
            Unavailable: All is lost.
        """
        ...

    async def finish(self, batch: IngestCommit) -> None:
        """Store the counts of a batch.

        Args:
            batch: What the batch has become.

        Raises:
            LifeOver: As `IngestStore.commit` does.
            DataRefused: All is lost.
            Unavailable: All is lost.
        """
        ...


class IngestStore(Protocol):
    """Where accepted and refused messages go."""

    async def commit(self, batch: IngestCommit) -> IngestCounts:
        """Store a batch in one transaction; storing the same batch again changes nothing.

        Returns:
            The counts of what is stored under its sequence number: its own, or those of an earlier
            try, which may have refused some of its messages.

        Raises:
            LifeOver: Another life of this router has begun; nothing was stored.
            DataRefused: A value cannot be stored; nothing was.
            Unavailable: Whether it was stored is unknown or it was not: hold and retry.
        """
        ...

    def in_pieces(self, batch: IngestCommit) -> AbstractAsyncContextManager[Pieces | IngestCounts]:
        """Open a transaction that stores a batch piece by piece, and commits when the block ends.

        Gives the counts of what is stored when an earlier try has stored the batch.

        Raises:
            LifeOver: As `commit` does.
            Unavailable: As `commit` does; also on leaving the block.
        """
        ...

    async def begin(self) -> IngestMemory:
        """Begin a life: from here on no earlier one can commit. Load what those have committed.

        Raises:
            Unavailable: Another router lives under this client id, or the database cannot be
                asked now.
        """
        ...

    async def prune(self) -> None:
        """Keep what is remembered of commits small; what it says stays the same.

        Raises:
            Unavailable: The database cannot do it now.
        """
        ...


class DeviceSource(Protocol):
    """Where registered devices are looked up."""

    async def load_devices(
        self, keys: Collection[DeviceKey], newcomers: Collection[NewDevice] = ()
    ) -> DeviceLookup:
        """Look up devices, all at once.

        Args:
            keys: Whom to look up; unknown ones are absent from the answer.
            newcomers: Whom of them to register where they are unknown, one each. Where another
                router is faster, its registration is the answer.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class LastSeenStore(Protocol):
    """Where it is noted when devices were last heard of."""

    async def write_last_seen(self, seen: Collection[tuple[DeviceKey, datetime]]) -> None:
        """Note when devices were last heard of; unknown ones are ignored.

        Raises:
            Unavailable: The database cannot do it now.
        """
        ...


class RouteSource(Protocol):
    """The routes in effect."""

    @property
    def current(self) -> RouteSet:
        """The newest set; it may be another one, or changed, after every wait."""
        ...


class LiveFeed(Protocol):
    """Where accepted telemetry is shown live."""

    def wants(self, tenant_id: str) -> bool:
        """Tell whether anyone listens to this tenant."""
        ...

    def publish(self, events: Sequence[TelemetryEvent]) -> None:
        """Hand on events; never waits, never fails for a slow listener."""
        ...


class RecentMessages(Protocol):
    """Where accepted messages are kept for live clients that resume."""

    def add(self, messages: Sequence[Message]) -> None:
        """Keep messages, in the order of their ids, until they are committed; never waits."""
        ...

    def commit(self, event_id: int) -> None:
        """Note that all messages up to this id are committed; never waits."""
        ...


class DeliveryReceiver(Protocol):
    """Who is told of new deliveries."""

    def committing(self, deliveries: Sequence[NewDelivery]) -> None:
        """Note that these are about to come into the table, all at once; never waits.

        They may be found there before anybody is told that they have come. One commit follows the
        other.
        """
        ...

    def committed(self, deliveries: Sequence[NewDelivery], *, more: bool = False) -> None:
        """Note that these, of what was announced last, have come into the table; never waits.

        Args:
            deliveries: All that it has for their routes.
            more: Whether others of it follow.
        """
        ...

    def wake(self, route_ids: Collection[int]) -> None:
        """Note that these routes may have new deliveries in the table; never waits."""
        ...


class SpanRecorder(Protocol):
    """Who records spans."""

    def record(self, span: Span) -> None:
        """Take a span; never waits, never fails."""
        ...
