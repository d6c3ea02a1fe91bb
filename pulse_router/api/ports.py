"""What the API needs from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs

from pulse_router.api.access.tokens import Principal
from pulse_router.domain.deliveries import (
    ClaimRefused,
    DeadLetter,
    DeadLetterStatus,
    DeadLetterSummary,
    Delivery,
    NotAttempted,
    Outcome,
    PendingDelivery,
    PendingPage,
)
from pulse_router.domain.route_stats import LaneStats, RouteCounts
from pulse_router.domain.routes import Route, RouteDraft
from pulse_router.domain.telemetry import (
    HistoryPage,
    HistoryQuery,
    RejectedMessage,
    RejectionFilter,
)


class RouteStore(Protocol):
    """A tenant's routes. Every method raises Unavailable when the database cannot be asked."""

    async def list_routes(
        self, tenant_id: str, *, limit: int, offset: int
    ) -> tuple[Sequence[Route], int]:
        """Give a page of the routes, oldest first, and how many there are in all."""
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
        """Remove a route, and move what it has pending into the dead letters.

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


class DeadLetterStore(Protocol):
    """A tenant's dead letters, or, where it is None, everybody's, for the operator.

    Every method raises Unavailable when the database is away.
    """

    async def list_dead_letters(
        self,
        tenant_id: str | None,
        *,
        status: DeadLetterStatus | None,
        route_id: int | None,
        limit: int,
        offset: int,
    ) -> tuple[Sequence[DeadLetter], int]:
        """Give a page of the dead letters, newest first, and how many there are in all."""
        ...

    async def load_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetter | None:
        """Give one dead letter, or None when the tenant has no such one."""
        ...

    async def discard_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> ClaimRefused | None:
        """Discard a dead letter that is FAILED and that nobody is replaying.

        Returns:
            None when it is done, otherwise what forbids it.
        """
        ...

    async def purge_dead_letters(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """Remove dead letters by age, whatever their status, and say how many went."""
        ...


class DeadLetterCounts(Protocol):
    """How many dead letters a tenant has. Raises Unavailable when the database is away."""

    async def summarize(self, tenant_id: str, *, limit: int, offset: int) -> DeadLetterSummary:
        """Count by route and status, and the most frequent errors, those of a page of routes."""
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


class HistoryStore(Protocol):
    """What a tenant's devices have sent. Raises Unavailable when the database cannot be asked."""

    async def load_history(
        self, tenant_id: str, device_id: str, query: HistoryQuery
    ) -> HistoryPage | None:
        """Give a page of a device's history, newest first.

        Returns:
            The page; None when the tenant has no such device and no message of it either.
        """
        ...


class RejectionStore(Protocol):
    """What was refused of a tenant's. Raises Unavailable when the database cannot be asked."""

    async def list_rejected(
        self, tenant_id: str, wanted: RejectionFilter, *, limit: int, offset: int
    ) -> tuple[Sequence[RejectedMessage], int]:
        """Give a page of the rejected messages, newest first, and how many there are in all."""
        ...

    async def load_rejected(self, tenant_id: str, message_id: int) -> RejectedMessage | None:
        """Give one with its whole payload, or None when the tenant has no such one."""
        ...


class TokenVerifier(Protocol):
    """Checks tokens."""

    async def verify(self, token: str) -> Principal:
        """Say whose token it is.

        Raises:
            TokenRefused: It is not valid.
        """
        ...


@attrs.frozen
class Sample:
    """A figure for `/metrics`; the name begins with `pulse_`, a counter's ends with `_total`.

    Label values come from a fixed, small set, or the time series grow without bound.
    """

    name: str
    kind: Literal["counter", "gauge"]
    description: str
    value: float
    labels: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Status:
    """How the router does, for `/health` and `/metrics`.

    `mqtt`, `database` and `nats` are "ok", "disabled", or what is wrong in a sentence without
    secrets. `oldest_snapshot_seconds` is for how long nothing that was removed from the database
    can be cleared away.
    """

    delivered: int
    failed: int
    delivery_queue_depth: int
    dead_lettered: int
    mqtt: str
    database: str
    nats: str
    ledger: Mapping[str, Any]
    samples: Sequence[Sample] = ()
    oldest_snapshot_seconds: float = 0.0


class StatusSource(Protocol):
    """Where the figures come from."""

    async def current(self) -> Status:
        """Give figures that are at most about a second old.

        Never raises for an outage: the last known figures are given, and what is wrong.
        """
        ...
