"""Old rows that lie in no partition of a day go by age, and nothing else with them."""

from __future__ import annotations

import pytest

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.maintenance import maintain
from tests.support.ingest.days import DAY, TEN_DAYS, before, bury, fill, live_until, reject
from tests.support.ingest.telemetry import at_noon
from tests.support.servers.postgres import PostgresForTests


async def remaining(database: Database, table: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(await transaction.fetch_value(f"SELECT count(*) FROM {table}"))


async def test_old_rejected_messages_are_removed_however_many(database: Database) -> None:
    await reject(database, before(DAY, 11), count=2500)
    await reject(database, before(DAY, 10), before(DAY, 9), DAY)
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.rejected == 2500
    assert await remaining(database, "rejected_messages") == 3


async def test_old_dead_letters_are_removed_and_booked_unless_they_are_being_replayed(
    database: Database,
) -> None:
    old = before(DAY, 11)
    await bury(database, 1, old)
    await bury(database, 2, old, tenant_id="TENANT2")
    await bury(database, 3, old, status="REPLAYED")
    await bury(database, 4, old, claimed_until="10 minutes")
    await bury(database, 5, old, claimed_until="-1 hour")
    await bury(database, 6, before(DAY, 9))
    await live_until(database, DAY)

    report = await maintain(database, TEN_DAYS, today=DAY)

    assert report.dead_letters == 4
    assert await remaining(database, "dead_letter_messages") == 2
    async with database.transaction(Role.OPERATOR) as transaction:
        booked = await transaction.fetch(
            "SELECT tenant_id, value FROM ledger_deltas WHERE name = 'discarded' ORDER BY 1"
        )
    assert [tuple(row) for row in booked] == [("TENANT1", 2), ("TENANT2", 1)]


async def test_a_lock_on_telemetry_does_not_keep_the_other_rows_from_going(
    database: Database,
) -> None:
    await fill(database, [before(DAY, 20)])
    await reject(database, before(DAY, 20))
    await live_until(database, DAY)
    async with database.transaction(Role.OPERATOR) as backup:
        await backup.fetch("SELECT FROM telemetry LIMIT 1")
        report = await maintain(database, TEN_DAYS, today=DAY)
    assert report.problems
    assert (report.dropped, report.rejected) == ([], 1)


async def test_a_partition_that_something_depends_on_is_named_and_everything_else_goes_on(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    await fill(database, [before(DAY, 20)])
    await reject(database, before(DAY, 20))
    postgres_server.psql(database_name, "CREATE VIEW theirs AS SELECT * FROM telemetry_20200311")
    await live_until(database, DAY)
    report = await maintain(database, TEN_DAYS, today=DAY)
    assert ["telemetry_20200311" in problem for problem in report.problems] == [True]
    assert report.rejected == 1


async def test_the_tenants_role_cannot_remove_what_is_not_its_own(database: Database) -> None:
    await reject(database, DAY)
    async with database.transaction(Role.APP, tenant_id="TENANT2") as transaction:
        assert await transaction.execute("DELETE FROM rejected_messages") == "DELETE 0"
    with pytest.raises(Unavailable, match="permission denied"):
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute("DELETE FROM telemetry")


async def test_alerts_go_by_when_they_were_closed_and_open_ones_stay(database: Database) -> None:
    await live_until(database, DAY)
    async with database.transaction(Role.OPERATOR) as transaction:
        for age, status in ((50, "OPEN"), (50, "ACKNOWLEDGED"), (11, "CLOSED"), (9, "CLOSED")):
            day = at_noon(before(DAY, age))
            await transaction.execute(
                "INSERT INTO alerts (tenant_id, device_id, severity, title, key, status, opened_at,"
                " closed_at) VALUES ('TENANT1', 'DEV-1', 'INFO', 't', $1 || $2, $2, $3, $4)",
                str(age),
                status,
                at_noon(before(DAY, 60)),
                day if status == "CLOSED" else None,
            )
    assert (await maintain(database, TEN_DAYS, today=DAY)).alerts == 1
    assert await remaining(database, "alerts") == 3
