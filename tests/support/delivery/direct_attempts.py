"""Attempts that people ask for, made without lanes."""

from __future__ import annotations

from pulse_router.delivery.ports import Destination
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome
from pulse_router.domain.routes import Route


class DirectAttempts:
    """Makes the attempts that people ask for at once, without lanes."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self.urgent: list[bool] = []

    async def attempt(
        self, delivery: Delivery, route: Route, *, is_urgent: bool
    ) -> Outcome | NotAttempted:
        self.urgent.append(is_urgent)
        return await self._destination.deliver(delivery, route, attempt=delivery.attempts + 1)
