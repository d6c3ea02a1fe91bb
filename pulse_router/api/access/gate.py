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


MAX_COUNTED: Final = 1_024
"""From how many tenants on those are forgotten that have made no request in the last second."""


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
        self._seconds: dict[str, tuple[int, int, int]] = {}
        self._sweep_from = MAX_COUNTED
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
        now = self._clock()
        self._count(tenant_id, int(now))
        waiting = self.unsent.of_tenant(tenant_id)
        if budget.answer_bytes and waiting >= budget.answer_bytes:
            raise self._refused(tenant_id, "answer_bytes", budget.answer_bytes, waiting)
        buckets = self._rates.of(tenant_id)
        if buckets is None:
            return
        if not buckets.has_token(tenant_id, now):
            rate = budget.requests_per_second
            usage = self.requests_per_second(tenant_id)
            refused = self._refused(tenant_id, "requests_per_second", rate, usage)
            refused.after_seconds = buckets.seconds_to_token(tenant_id, now)
            raise refused
        buckets.take(tenant_id, now)

    def requests_per_second(self, tenant_id: str) -> int:
        """Tell how many requests a tenant makes, those that are refused among them.

        It is the number of this second, or of the one before, if that had more.
        """
        now = int(self._clock())
        second, count, before = self._seconds.get(tenant_id, (now, 0, 0))
        return max(count, before) if second == now else count if second == now - 1 else 0

    def _count(self, tenant_id: str, now: int) -> None:
        second, count, before = self._seconds.get(tenant_id, (0, 0, 0))
        if second != now:
            before, count = (count if second == now - 1 else 0), 0
            if len(self._seconds) >= self._sweep_from:
                counts = self._seconds.items()
                self._seconds = {name: it for name, it in counts if it[0] >= now - 1}
                self._sweep_from = max(MAX_COUNTED, 2 * len(self._seconds))
        self._seconds[tenant_id] = (now, count + 1, before)

    def _refused(self, tenant_id: str, bound: str, limit: float, usage: float) -> LimitReached:
        self.budgets.refused(tenant_id, bound)
        return LimitReached(bound, limit=limit, usage=usage)
