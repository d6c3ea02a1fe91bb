"""What delivery needs from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from pulse_router.domain.deliveries import (
    UNBOUNDED_BYTES,
    AttemptRecord,
    ClaimRefused,
    DeadLetter,
    Delivery,
    DueDeliveries,
    NotAttempted,
    Outcome,
    Settlement,
    ShownRequest,
)
from pulse_router.domain.leases import Holding
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, Work, WorkMark
from pulse_router.domain.routes import Route


class DeliveryStore(Protocol):
    """The durable queue. Times are relative to the database's own clock."""

    async def routes_with_work(
        self, since: WorkMark | None = None, *, thoroughly: bool = False
    ) -> Work:
        """Find the routes that have pending deliveries, due or not.

        Args:
            since: Only those that have got new ones since then, of routes that still exist.
            thoroughly: Whether to search before the marks that are kept as well. What has ended
                long since may have to be passed for that: now and then only.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...

    async def keep_marks(self, marks: Mapping[int, QueueMark]) -> None:
        """Write down of routes up to where all that was never attempted has ended.

        Looks from the start begin there then, in later lives of this router and others too.

        Raises:
            Unavailable: It is not known to be written.
        """
        ...

    async def due(
        self,
        route_id: int,
        *,
        exclude: Collection[int],
        limit: int,
        max_bytes: int = UNBOUNDED_BYTES,
        in_order: bool = False,
        since: QueueMark = FROM_THE_START,
    ) -> DueDeliveries:
        """Fetch what a route has due.

        Args:
            route_id: The route.
            exclude: Ids of deliveries that are in hand.
            limit: How many at the most.
            max_bytes: How much memory they may take together; one may always come.
            in_order: Whether they come by event order, and end before the first that is not due.
                Otherwise the longest due come first.
            since: The mark of an earlier look: what lies before it is in hand or has ended.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...

    async def settle(self, settlement: Settlement) -> None:
        """Write the ends of attempts in one transaction; settling twice changes nothing more.

        Raises:
            Unavailable: It is not known to be written: hold and retry.
            LeaseLost: Nothing is written, for some of it belongs to another router now.
        """
        ...

    async def bury_route(
        self,
        route_id: int,
        last_known: Route | None,
        *,
        limit: int,
        epochs: Mapping[int, int] | None = None,
    ) -> int:
        """Move what a deleted route has pending into the dead letters.

        None of it may be under way.

        Args:
            route_id: The route, which no longer exists.
            last_known: The route as it was, if anyone remembers.
            limit: How many at the most.
            epochs: That of its lane's lease, by partition; none where nobody leases.

        Returns:
            How many were moved; fewer than `limit` when none is left.

        Raises:
            LeaseLost: Nothing was moved, for the lane belongs to another router now.
            Unavailable: The database cannot do it now.
        """
        ...


class LeaseStore(Protocol):
    """The leases of this router. Times are its own, and no clock's."""

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts that is not renewed."""
        ...

    async def take_back(self) -> Holding:
        """Begin: take what an earlier life of this router held, and what is free.

        Raises:
            Unavailable: The database cannot do it now.
        """
        ...

    async def renew(self, epochs: Mapping[int, int]) -> Holding:
        """Renew what is held, and take what is free, up to a fair share.

        Args:
            epochs: What this router believes to hold.

        Raises:
            Unavailable: The database cannot do it now.
        """
        ...

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        """Give partitions back, so that others may take them at once.

        Args:
            epochs: Which ones.
            leave: Whether this router stops.

        Raises:
            Unavailable: It is not known to be done; the leases end by themselves.
        """
        ...


class RouteLookup(Protocol):
    """The routes as they are now, secrets included."""

    async def load_routes(self, route_ids: Collection[int]) -> Mapping[int, Route]:
        """Load routes by id; those that no longer exist are absent from the answer.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class ReplayStore(Protocol):
    """The dead letters, as a replay needs them. A tenant id of None stands for the operator."""

    async def claim(
        self, tenant_id: str | None, dead_letter_id: int, *, seconds: float
    ) -> DeadLetter | ClaimRefused:
        """Reserve a dead letter that is FAILED, so that nobody else replays it.

        Args:
            tenant_id: Whose it must be.
            dead_letter_id: Which one.
            seconds: When the claim ends by itself.

        Raises:
            Unavailable: The database cannot do it now.
        """
        ...

    async def mark_replayed(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        record: AttemptRecord,
        *,
        job_id: int | None = None,
    ) -> None:
        """Note that a claimed dead letter was delivered, and remember the attempt; may be repeated.

        Args:
            tenant_id: Whose it is.
            dead_letter_id: Which one.
            record: The attempt.
            job_id: The job that it counts for, in the same transaction.

        Raises:
            Unavailable: It is not known to be written.
        """
        ...

    async def release(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        *,
        failed: AttemptRecord | None,
        job_id: int | None = None,
    ) -> None:
        """Give a claim back; when an attempt has failed, count and remember it; may be repeated.

        Args:
            tenant_id: Whose it is.
            dead_letter_id: Which one.
            failed: How the attempt failed, or None when none has ended.
            job_id: The job that a failure counts for, in the same transaction.

        Raises:
            Unavailable: It is not known to be written.
        """
        ...


class Attempts(Protocol):
    """Makes single attempts for people who wait for their outcome."""

    async def attempt(
        self, delivery: Delivery, route: Route, *, is_urgent: bool
    ) -> Outcome | NotAttempted:
        """Make one attempt, in its turn and within the limits of the route.

        Args:
            delivery: What to deliver; it is not in the queue.
            route: The route to use, as it is now.
            is_urgent: Whether it is made although the route's breaker is open.

        Returns:
            How it ended, or why it was not made.
        """
        ...


class Destination(Protocol):
    """A kind of place where deliveries go."""

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        """Make one attempt; failures are outcomes, never exceptions.

        Args:
            delivery: What to deliver.
            route: The route as it is now.
            attempt: The number of this attempt, from 1.
        """
        ...


@runtime_checkable
class BatchDestination(Protocol):
    """A kind of place that takes several deliveries at once."""

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:
        """Make one attempt with all of them; failures are outcomes, never exceptions.

        Args:
            deliveries: What to deliver, at least one; they belong to one route.
            route: The route as it is now.

        Raises:
            CannotRender: One of several makes it impossible; nothing was sent.
        """
        ...


@runtime_checkable
class ShowingDestination(Protocol):
    """A kind of place that can show what it would send."""

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        """Show what a first attempt would send, without its secrets, and send nothing.

        Args:
            delivery: What would be delivered.
            route: The route as it is now.

        Raises:
            DestinationError: The route's destination is not valid.
            CannotRender: It cannot be made.
            Unavailable: What it needs cannot be looked up now.
        """
        ...
