"""What has become of a tenant's messages since its books began, and of each route's deliveries.

Pure. It knows nothing of where the counts are kept, nor of who is shown them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import attrs


class RouteFlows(NamedTuple):
    """What became of a route's deliveries: all counts only grow.

    `failed` counts attempts, once for each delivery that they were made for.
    """

    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0

    def since(self, before: RouteFlows) -> RouteFlows:
        """Give what has come to it."""
        return RouteFlows(*(now - then for now, then in zip(self, before, strict=True)))

    def plus(self, more: RouteFlows) -> RouteFlows:
        """Add what has come to another."""
        return RouteFlows(*(one + other for one, other in zip(self, more, strict=True)))


@attrs.frozen
class Flows:
    """The counts of one moment.

    Attributes:
        tenants: By tenant and name, as the books are kept (`runtime/ledger.py`).
        routes: By tenant and route; those that were asked for, and some that were not.
    """

    tenants: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict)
    routes: Mapping[str, Mapping[int, RouteFlows]] = attrs.field(factory=dict)
