"""Has what waits attempted sooner, because somebody asks for it; satisfies the API's `HurryStore`.

A tenant's calls run under row-level security. Each transaction is a short one: who looks for what
is due looks back for a few seconds only. It is announced to whoever holds the route's lane.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

AT_ONCE: Final = 1_000
"""How many deliveries are made due in one transaction."""
TRANSACTIONS_AT_MOST: Final = 1_000
"""How many of them there are: what fails again meanwhile must not keep it going for ever."""

_ALL_DUE: Final = """
UPDATE route_deliveries SET next_attempt_at = clock_timestamp()
WHERE id IN (
  SELECT id FROM route_deliveries
  WHERE route_id = $1 AND tenant_id = $2 AND attempts > 0 AND next_attempt_at > now()
  ORDER BY next_attempt_at LIMIT $3)
"""
_ONE_DUE: Final = """
UPDATE route_deliveries SET next_attempt_at = least(next_attempt_at, clock_timestamp())
WHERE id = $1 AND route_id = $2 AND tenant_id = $3 RETURNING next_attempt_at
"""
_AUDIT: Final = "SELECT pulse_audit_hurry($1, $2, $3)"
_ANNOUNCE: Final = "SELECT pulse_announce_due($1, $2, $3)"


class PostgresHurryStore:
    """What waits, to be made due.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_all_due(self, tenant_id: str, route_id: int) -> int:
        """See the port."""
        changed = 0
        for turn in range(TRANSACTIONS_AT_MOST):
            async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
                some = await transaction.change(_ALL_DUE, route_id, tenant_id, AT_ONCE)
                if turn == 0:  # who has asked is written down once, whatever becomes of the others
                    told = _json({"due": some, "goes_on": some == AT_ONCE})
                    await transaction.execute(_AUDIT, "message_routes", route_id, told)
                changed += some
                if some < AT_ONCE:
                    break
        await self._announce(tenant_id, route_id, resumes=True)
        return changed

    async def make_due(self, tenant_id: str, route_id: int, delivery_id: int) -> datetime | None:
        """See the port."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            due_at: datetime | None = await transaction.fetch_value(
                _ONE_DUE, delivery_id, route_id, tenant_id
            )
            if due_at is not None:
                told = _json({"route_id": route_id})
                await transaction.execute(_AUDIT, "route_deliveries", delivery_id, told)
        if due_at is not None:
            await self._announce(tenant_id, route_id, resumes=False)
        return due_at

    async def _announce(self, tenant_id: str, route_id: int, *, resumes: bool) -> None:
        """Tell whoever holds the lane; what is announced is seen by all, so no tenant may do it."""
        await self._database.query(Role.OPERATOR, _ANNOUNCE, tenant_id, route_id, resumes)


def _json(told: object) -> str:
    return msgspec.json.encode(told).decode()
