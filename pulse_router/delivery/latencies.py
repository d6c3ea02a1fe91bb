"""How long the attempts of each route took lately; of the routes that were busy last."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from pulse_router.domain.route_stats import Latency, LatencyHistogram

MAX_ROUTES: Final = 2000
"""Of how many routes it is remembered: less than a megabyte."""


class Latencies:
    """The histograms.

    Args:
        max_routes: Of how many routes; those that were attempted longest ago are forgotten.
    """

    def __init__(self, *, max_routes: int = MAX_ROUTES) -> None:
        self._max_routes = max_routes
        self._routes: OrderedDict[int, LatencyHistogram] = OrderedDict()

    def note(self, route_id: int, seconds: float) -> None:
        """Count an attempt."""
        histogram = self._routes.get(route_id)
        if histogram is None:
            histogram = self._routes[route_id] = LatencyHistogram()
            if len(self._routes) > self._max_routes:
                self._routes.popitem(last=False)
        else:
            self._routes.move_to_end(route_id)
        histogram.note(seconds)

    def of(self, route_id: int) -> Latency | None:
        """Give a route's figures; None when nothing is remembered of it."""
        histogram = self._routes.get(route_id)
        return None if histogram is None else histogram.figures()
