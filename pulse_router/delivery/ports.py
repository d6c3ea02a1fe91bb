"""What delivery needs from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from pulse_router.domain.deliveries import Delivery, DueDeliveries, Outcome, Settlement
from pulse_router.domain.routes import Route


class DeliveryStore(Protocol):
    """The durable queue. Times are relative to the database's own clock."""

    async def routes_with_work(self) -> Collection[int]:
        """Find the routes that have pending deliveries, due or not.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...

    async def due(self, route_id: int, *, exclude: Collection[int], limit: int) -> DueDeliveries:
        """Fetch what a route has due, the longest due first.

        Args:
            route_id: The route.
            exclude: Ids of deliveries that are in hand.
            limit: How many at the most.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...

    async def settle(self, settlement: Settlement) -> None:
        """Write the ends of attempts in one transaction; settling twice changes nothing more.

        Raises:
            Unavailable: It is not known to be written: hold and retry.
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
