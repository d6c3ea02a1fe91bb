"""Tells of tenants that have more waiting than they should: nothing of it is dropped for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import structlog
import trio

from pulse_router.domain.budgets import Budgets
from pulse_router.domain.errors import TROUBLE

LOOK_SECONDS: Final = 30.0
TOLD: Final = ("pending_deliveries", "dead_letters")
"""The bounds that refuse nothing."""

_log = structlog.get_logger()


class Backlogs(Protocol):
    """Where it is asked what tenants have waiting."""

    async def above(self, budgets: Budgets) -> Mapping[tuple[str, str], int]:
        """Tell how much is there, by tenant and bound, where it is more than the bound.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class BacklogWatch:
    """Looks, now and then, who has more waiting than it should, as far as there are bounds.

    Args:
        store: Where it is asked.
        budgets: The bounds.

    Attributes:
        above: How much is there, by tenant and bound, where it was too much at the last look.
    """

    def __init__(self, store: Backlogs, budgets: Budgets) -> None:
        self._store = store
        self._budgets = budgets
        self.above: Mapping[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Look, for ever; what cannot be asked now is asked the next time."""
        while True:
            try:
                await self.look()
            except TROUBLE as error:
                _log.debug("what tenants have waiting cannot be asked now", problem=str(error))
            await trio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once, and say who has come to have too much, and who no longer has."""
        budgets = self._budgets
        each = (budgets.default, *budgets.own.values())
        is_bounded = any(getattr(budget, bound) for budget in each for bound in TOLD)
        before, self.above = self.above, (await self._store.above(budgets) if is_bounded else {})
        for (tenant_id, bound), count in self.above.items():
            if (tenant_id, bound) not in before:
                _log.warning(
                    "a tenant has more waiting than it should; nothing is dropped",
                    tenant_id=tenant_id,
                    bound=f"limits.{bound}",
                    limit=getattr(budgets.of(tenant_id), bound),
                    usage=count,
                )
        for tenant_id, bound in before.keys() - self.above.keys():
            _log.info(
                "a tenant has no more waiting than it should again",
                tenant_id=tenant_id,
                bound=f"limits.{bound}",
            )

    def tenants_above(self, bound: str) -> int:
        """Tell how many tenants were above a bound at the last look."""
        return sum(name == bound for _, name in self.above)
