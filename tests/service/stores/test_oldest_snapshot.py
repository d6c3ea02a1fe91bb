"""Who keeps what was removed from being cleared away is noticed, without any special right."""

from __future__ import annotations

import trio

from pulse_router.postgres.database import Database, open_database
from pulse_router.stores.oldest_snapshot import PostgresOldestSnapshot
from pulse_router.stores.roles import Role
from tests.support.waiting import wait_for


async def count_on(database: Database) -> None:
    """Use up a transaction's number."""
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("SELECT pg_current_xact_id()")


async def test_a_session_of_another_login_is_seen_to_grow_older(
    database: Database, admin_url: str
) -> None:
    store = PostgresOldestSnapshot(database)
    assert await store.oldest_snapshot_seconds() < 1

    async def has_grown() -> bool:
        await count_on(database)
        return await store.oldest_snapshot_seconds() > 1

    async with open_database(admin_url) as others, others.transaction(Role.OPERATOR) as backup:
        await backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        started_at = trio.current_time()
        await backup.fetch("SELECT 1 FROM message_routes")
        assert not await database.query(
            Role.OPERATOR,
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'postgres' AND xact_start IS NOT NULL",
        ), "the login may not see since when"
        await wait_for(has_grown, seconds=20)
        assert await store.oldest_snapshot_seconds() <= trio.current_time() - started_at
    assert await store.oldest_snapshot_seconds() < 1
