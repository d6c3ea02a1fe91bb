"""What tenants have waiting, by the books, against their bounds."""

from __future__ import annotations

from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.postgres.database import Database
from pulse_router.stores.backlogs import PostgresBacklogs
from pulse_router.stores.roles import Role

BOOKS = {
    "T1": {"queued": 100, "delivered": 60, "buried": 30, "replayed": 5, "discarded": 5},
    "T2": {"queued": 10, "buried": 10},
    "T3": {"queued": 8},
    "*": {"matched": 1_000_000},
}


async def test_who_has_more_than_its_bound_is_told_with_how_much(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        for tenant_id, counts in BOOKS.items():
            for name, value in counts.items():
                await transaction.execute(
                    "INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ($1, $2, $3)",
                    tenant_id,
                    name,
                    value,
                )
    store = PostgresBacklogs(database)

    def bounds(pending: int = 0, dead: int = 0) -> Budget:
        return Budget(pending_deliveries=pending, dead_letters=dead)

    assert await store.above(Budgets()) == {}
    assert await store.above(Budgets(bounds(9, 9))) == {
        ("T1", "pending_deliveries"): 10,
        ("T1", "dead_letters"): 20,
        ("T2", "dead_letters"): 10,
    }
    assert await store.above(Budgets(bounds(10, 20))) == {}
    own = {"T1": bounds(), "T3": bounds(pending=7)}
    assert await store.above(Budgets(bounds(9, 9), own)) == {
        ("T2", "dead_letters"): 10,
        ("T3", "pending_deliveries"): 8,
    }
