"""How much room a tenant has for more of its things, decided for one who asks at a time.

It must not know what is inserted: whoever asks inserts no more in the same transaction.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.budgets import Budget, Budgets, LimitReached
from pulse_router.postgres.transaction import Transaction

ROOM: Final = "SELECT pulse_room($1, $2, $3)"
UNBOUNDED: Final = 2**31 - 1
"""How much room there is where there is no bound."""

_TOLD_AT_LEAST: Final = 10_000


async def find_room(
    transaction: Transaction, kind: str, tenant_id: str, budget: Budget
) -> LimitReached | int:
    """Find how many more of a kind a tenant may have; until the transaction ends, no other asks.

    Args:
        transaction: In which they will be inserted. Nothing else is locked in it yet, so that two
            cannot wait for each other.
        kind: The bound: `routes`, `devices`, `groups` or `open_alerts`.
        tenant_id: Whose.
        budget: What it may have.

    Returns:
        How many, at least 1; or what to say where there is no room.
    """
    bound = getattr(budget, kind)
    if not bound:
        return UNBOUNDED
    room: int = await transaction.fetch_value(ROOM, kind, tenant_id, bound)
    if room > 0:
        return room
    far = max(2 * bound, bound + _TOLD_AT_LEAST)  # there may be more than the bound, from before
    beyond = await transaction.fetch_value(ROOM, kind, tenant_id, far)
    return LimitReached(kind, limit=bound, usage=far - beyond)


async def take_room(transaction: Transaction, budgets: Budgets, kind: str, tenant_id: str) -> None:
    """Make sure that a tenant may have one more of a kind.

    Raises:
        LimitReached: It may not.
    """
    room = await find_room(transaction, kind, tenant_id, budgets.of(tenant_id))
    if isinstance(room, LimitReached):
        budgets.refused(tenant_id, kind)
        raise room
