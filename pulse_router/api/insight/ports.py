"""What looking into messages needs from the outside; the stores implement it, the router joins.

Every method raises Unavailable when the database cannot be asked now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from pulse_router.api.routes.ports import MessageFinder
from pulse_router.domain.deliveries import DeadLetter, PendingDelivery
from pulse_router.domain.insight.finding import Thing
from pulse_router.domain.insight.messages import MessageFilter
from pulse_router.domain.insight.routes_then import RouteChange
from pulse_router.domain.insight.timeline import Moment, TimelinePage
from pulse_router.domain.receipts import Receipt
from pulse_router.domain.telemetry import StoredMessage
from pulse_router.runtime.pages import Found, Wanted


class MessageStore(Protocol):
    """A tenant's stored messages of all types, across its devices."""

    async def list_messages(
        self, tenant_id: str, chosen: MessageFilter, wanted: Wanted
    ) -> Found[StoredMessage]:
        """Give a page of those that are chosen, the newest first.

        A page looks through so many messages at the most: it may be short, or empty, and lead on.
        """
        ...

    async def load_message(self, tenant_id: str, event_id: int) -> StoredMessage | None:
        """Give one; None when the tenant has no such one."""
        ...


class DeliveryFinder(Protocol):
    """The deliveries of a tenant's messages."""

    async def find_pending(
        self, tenant_id: str, event_ids: Sequence[int]
    ) -> Sequence[PendingDelivery]:
        """Give what messages have pending, with payloads."""
        ...

    async def find_dead(self, tenant_id: str, event_ids: Sequence[int]) -> Sequence[DeadLetter]:
        """Give what was given up of messages, with payloads."""
        ...

    async def find_delivered(self, tenant_id: str, event_ids: Sequence[int]) -> Sequence[Receipt]:
        """Give the receipts of messages."""
        ...

    async def load_dead(self, tenant_id: str, delivery_id: int) -> DeadLetter | None:
        """Give a delivery that was given up, by its own id."""
        ...


class Receipts(Protocol):
    """The deliveries of a tenant that have succeeded, as far as a receipt is kept."""

    async def find(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> Sequence[Receipt]:
        """Give those of a message, or that of a delivery."""
        ...

    async def left_out(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> int:
        """Tell how many receipts were left out, for room, about when such an id was given."""
        ...


class RouteChanges(Protocol):
    """What people have changed of a tenant's routes."""

    async def since(self, tenant_id: str, at: datetime, limit: int) -> Sequence[RouteChange]:
        """Give what was changed since a time, the newest first."""
        ...


class ThingFinder(Protocol):
    """Whatever a tenant has."""

    async def find(self, tenant_id: str, text: str) -> list[Thing]:
        """Give what a text names: an id, or a name or a part of it."""
        ...


class TimelineStore(Protocol):
    """What a tenant's devices have said, and what was refused of it."""

    async def load_timeline(
        self,
        tenant_id: str,
        device_id: str,
        *,
        start: datetime | None,
        end: datetime | None,
        before: Moment | None,
        limit: int,
    ) -> TimelinePage:
        """Give a page of a device's timeline, newest first; of a removed device's too.

        Args:
            tenant_id: The tenant.
            device_id: The device.
            start: Not before this time.
            end: Before this time.
            before: Where the page begins; None for the newest entry.
            limit: How many entries at the most.
        """
        ...


@attrs.frozen(kw_only=True)
class InsightStores:
    """What became of messages.

    Attributes:
        messages: What was stored.
        told: What routes were asked of it, and of what was refused.
        deliveries: What routes have not delivered.
        receipts: What they have.
        changes: What was changed of them.
        things: All of it, by what it is called.
        timelines: By device.
    """

    messages: MessageStore
    told: MessageFinder
    deliveries: DeliveryFinder
    receipts: Receipts
    changes: RouteChanges
    things: ThingFinder
    timelines: TimelineStore
