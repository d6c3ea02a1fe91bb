"""Shows what an attempt would send, for people who try a route; nothing is sent.

It knows neither lanes nor the queue.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulse_router.delivery.attempts import find_destination
from pulse_router.delivery.ports import Destination, ShowingDestination
from pulse_router.domain.config_fields import DestinationError
from pulse_router.domain.deliveries import Delivery, NotAttempted, ShownRequest
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.templates.limits import CannotRender


class RequestShow:
    """Shows requests.

    Args:
        destinations: Where deliveries can go.
    """

    def __init__(self, destinations: Mapping[DestinationType, Destination]) -> None:
        self._destinations = destinations

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest | NotAttempted | None:
        """Show what a first attempt would send, secrets masked.

        Args:
            delivery: What would be delivered.
            route: The route as it is now.

        Returns:
            The request, or why none can be made; None where nothing is sent at all.
        """
        if route.fault is not None:
            return NotAttempted(route.fault)
        destination: object = find_destination(self._destinations, route)
        if not isinstance(destination, ShowingDestination):
            return None
        try:
            return await destination.show(delivery, route)
        except (CannotRender, DestinationError, Unavailable) as error:
            return NotAttempted(str(error))
