"""What the API's routes need from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pulse_router.domain.deliveries import (
    Delivery,
    NotAttempted,
    Outcome,
    PendingDelivery,
    PendingPage,
)
from pulse_router.domain.insight.messages import ToldMessage
from pulse_router.domain.receipts import ReceiptFilter, ReceiptMinute, ReceiptPage
from pulse_router.domain.route_stats import LaneStats, ListedCounts, RouteCounts
from pulse_router.domain.routes import ALL_ROUTES, Route, RouteDraft, RouteFilter, RouteSort
from pulse_router.domain.telemetry import MessageRange, StoredMessage
from pulse_router.runtime.pages import Found, Wanted


class RouteStore(Protocol):
    """A tenant's routes. Every method raises Unavailable when the database cannot be asked."""

    async def list_routes(
        self,
        tenant_id: str,
        wanted: Wanted,
        chosen: RouteFilter = ALL_ROUTES,
        sort: RouteSort = RouteSort.ID,
    ) -> Found[Route]:
        """Give a page of the routes; a place in one order is none in another."""
        ...

    async def load_route(self, tenant_id: str, route_id: int) -> Route | None:
        """Give one route, or None when the tenant has no such route."""
        ...

    async def create_route(self, tenant_id: str, draft: RouteDraft) -> Route:
        """Store a new route."""
        ...

    async def change_route(
        self, tenant_id: str, route_id: int, change: Callable[[Route], RouteDraft]
    ) -> Route | None:
        """Change a route while nobody else can.

        Args:
            tenant_id: The tenant.
            route_id: The route.
            change: Makes the new from the old; what it raises leaves the route as it was.

        Returns:
            The route as it is now, or None when the tenant has no such route.
        """
        ...

    async def delete_route(
        self, tenant_id: str, route_id: int, check: Callable[[Route], None]
    ) -> bool:
        """Remove a route; what it has pending, delivery moves into the dead letters.

        Only who holds its lane knows what of it is under way, and may still be delivered.

        Args:
            tenant_id: The tenant.
            route_id: The route.
            check: Told the route as it is; what it raises leaves it there.

        Returns:
            Whether the tenant had such a route.
        """
        ...


class RouteStatsStore(Protocol):
    """What became of the deliveries of a tenant's routes."""

    async def load_counts(self, tenant_id: str, route_id: int) -> RouteCounts | None:
        """Give a route's counts, or None when the tenant has no such route.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...

    async def load_counts_of(
        self, tenant_id: str, route_ids: Collection[int]
    ) -> Mapping[int, ListedCounts]:
        """Give the counts of many routes by one question; without those that are another tenant's.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class DeliveryStage(Protocol):
    """The delivery stage, as far as people look into it."""

    async def attempt(
        self, delivery: Delivery, route: Route, *, is_urgent: bool
    ) -> Outcome | NotAttempted:
        """Make one attempt now, in its turn and within the route's limits.

        Args:
            delivery: What to deliver; it is not in the queue.
            route: The route to use.
            is_urgent: Whether it is made although the endpoint fails again and again.

        Returns:
            How it ended, or why it was not made.
        """
        ...

    def stats(self, route_id: int) -> LaneStats | None:
        """Tell how a route's attempts go lately; None while another router works for it."""
        ...


class HurryStore(Protocol):
    """What waits, to be made due. Every method raises Unavailable as above."""

    async def make_all_due(self, tenant_id: str, route_id: int) -> int:
        """Make all due that waits after a failure, and have the endpoint trusted again.

        Returns:
            How many waited.
        """
        ...

    async def make_due(self, tenant_id: str, route_id: int, delivery_id: int) -> datetime | None:
        """Make one delivery due, and have it looked for.

        Returns:
            Since when it is due; None when it is not, or no longer, pending.
        """
        ...


class PendingStore(Protocol):
    """What a tenant's routes have pending. Every method raises Unavailable as above."""

    async def list_pending(
        self, tenant_id: str, route_id: int, *, limit: int, offset: int
    ) -> PendingPage:
        """Give a page of what a route has pending, the longest due first."""
        ...

    async def load_pending(
        self, tenant_id: str | None, delivery_id: int, *, route_id: int | None = None
    ) -> PendingDelivery | None:
        """Give one delivery with its payload; None when it is not, or no longer, pending."""
        ...

    async def list_all_pending(
        self, *, tenant_id: str | None, route_id: int | None, limit: int, offset: int
    ) -> PendingPage:
        """Give a page of what is pending across tenants, for the operator."""
        ...


class ReceiptStore(Protocol):
    """What is left of what a tenant's routes have delivered. Raises Unavailable as above."""

    async def list_of_route(
        self,
        tenant_id: str,
        route_id: int,
        chosen: ReceiptFilter,
        *,
        limit: int,
        after: tuple[datetime, int] | None = None,
    ) -> ReceiptPage:
        """Give a page of a route's receipts, the newest first.

        Args:
            tenant_id: The tenant.
            route_id: The route.
            chosen: Which of them.
            limit: How many at the most.
            after: `next` of the page before; None for the first.
        """
        ...

    async def count_by_minute(
        self, tenant_id: str, route_id: int, start: datetime, end: datetime
    ) -> Sequence[ReceiptMinute]:
        """Count what a route has delivered, for each minute in which there is something.

        Args:
            tenant_id: The tenant.
            route_id: The route.
            start: Not settled before.
            end: Settled before.
        """
        ...


class MessageFinder(Protocol):
    """Messages that have come in. Every method raises Unavailable as above."""

    async def find_stored(self, tenant_id: str, event_id: int) -> ToldMessage | None:
        """Give a message that was stored, as its routes were asked of it, as far as it is kept."""
        ...

    async def find_refused(self, tenant_id: str, rejected_id: int) -> ToldMessage | None:
        """Give a message that was refused.

        Raises:
            NoPayload: What is kept of it is no JSON object.
        """
        ...

    async def find_dead(self, tenant_id: str, dead_letter_id: int) -> ToldMessage | None:
        """Give the message of a dead letter.

        Raises:
            NoPayload: What is kept of it is no JSON object.
        """
        ...


class MessageSource(Protocol):
    """A tenant's stored messages. Every method raises Unavailable as above."""

    async def find_range(
        self, tenant_id: str, *, after: int, up_to: int, most: int
    ) -> MessageRange | None:
        """Find the newest messages of which there are no more than `most`.

        Args:
            tenant_id: The tenant.
            after: They have greater ids than this.
            up_to: No greater ids than this.
            most: How many at the most.

        Returns:
            Where they are; None when there are none.
        """
        ...

    async def load_page(self, tenant_id: str, *, after: int, up_to: int) -> Sequence[StoredMessage]:
        """Give the next messages behind an id, in order; none when there are no more."""
        ...
