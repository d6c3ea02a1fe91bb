"""What a tenant's users may ask for, whatever it is: the door that each request passes.

It must not know what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from pulse_router.api.server.unsent import Unsent
from pulse_router.domain.budgets import Budgets, LimitReached
from pulse_router.domain.rate_limit import TenantRates

BURST_SECONDS: Final = 5.0
"""How many seconds' requests may come at once: a page asks for several things at a time."""


class TenantGate:
    """Lets requests in, as long as their tenant keeps to its bounds.

    Args:
        budgets: The bounds.
        unsent: What clients have not taken yet.
        clock: Gives the time, in seconds.

    Attributes:
        budgets: The bounds.
        unsent: What clients have not taken yet.
    """

    def __init__(
        self,
        budgets: Budgets,
        unsent: Unsent | None = None,
        *,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.budgets = budgets
        self.unsent = unsent or Unsent()
        self._clock = clock
        self._rates = TenantRates(BURST_SECONDS)
        self.follow()

    def follow(self) -> None:
        """Take over the rates that the bounds have now."""
        own = {name: it.requests_per_second for name, it in self.budgets.own.items()}
        self._rates.change(self.budgets.default.requests_per_second, own)

    def admit(self, tenant_id: str) -> None:
        """Let a request of a tenant in, and count it.

        Raises:
            LimitReached: The tenant has asked for too much.
        """
        budget = self.budgets.of(tenant_id)
        waiting = self.unsent.of_tenant(tenant_id)
        if budget.answer_bytes and waiting >= budget.answer_bytes:
            raise self._refused(tenant_id, "answer_bytes", budget.answer_bytes, waiting)
        buckets = self._rates.of(tenant_id)
        if buckets is None:
            return
        now = self._clock()
        if not buckets.has_token(tenant_id, now):
            rate = budget.requests_per_second
            refused = self._refused(
                tenant_id,
                "requests_per_second",
                rate,
                buckets.taken(tenant_id, now) / BURST_SECONDS,
            )
            refused.after_seconds = buckets.seconds_to_token(tenant_id, now)
            raise refused
        buckets.take(tenant_id, now)

    def requests_per_second(self, tenant_id: str) -> float:
        """Tell how many requests a second a tenant makes, by what is used up of its burst."""
        buckets = self._rates.of(tenant_id)
        if buckets is None:
            return 0.0
        return buckets.taken(tenant_id, self._clock()) / BURST_SECONDS

    def _refused(self, tenant_id: str, bound: str, limit: float, usage: float) -> LimitReached:
        self.budgets.refused(tenant_id, bound)
        return LimitReached(bound, limit=limit, usage=usage)
