"""What an overview needs from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pulse_router.domain.insight.overview import Attention, RouteTroubles, States, TenantBooks


class OverviewStore(Protocol):
    """What there is. Every method raises Unavailable when the database cannot be asked."""

    async def load_books(self, tenant_id: str) -> TenantBooks:
        """Give a tenant's books, of all routers on this database together."""
        ...

    async def load_states(self, tenant_id: str) -> States:
        """Count a tenant's things by their states."""
        ...

    async def load_needs(
        self, tenant_id: str | None, troubles: RouteTroubles
    ) -> Sequence[Attention]:
        """Tell what needs attention, as far as the database knows of it.

        Args:
            tenant_id: Whose things; None for everybody's.
            troubles: Which routes have a trouble that only the router knows of, of any tenant.
        """
        ...
