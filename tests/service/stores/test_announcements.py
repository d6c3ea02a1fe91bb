"""What was announced between two moments is known exactly, or it is known that it is not."""

from __future__ import annotations

import json

import attrs
import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database
from pulse_router.runtime.patience import outlast
from pulse_router.stores.announcements import (
    MANY,
    AnnouncementLog,
    Mark,
    prune_announcements,
)
from pulse_router.stores.roles import Role
from tests.support.servers.postgres import PostgresForTests

DEVICE = "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', '{}')"


@attrs.define
class Reader:
    """Reads what is new each time."""

    log: AnnouncementLog
    mark: Mark | None = None

    async def read(self) -> list[str] | None:
        """Name the devices that have changed."""
        news = await self.log.read_since(self.mark)
        self.mark = news.mark
        return None if news.payloads is None else sorted(map(device_of, news.payloads))


def device_of(payload: str) -> str:
    change = json.loads(payload)
    assert change["table"] == "devices"
    return str(change["device_id"])


@pytest.fixture
async def reader(database: Database) -> Reader:
    reader = Reader(AnnouncementLog(database))
    assert await reader.read() is None
    return reader


async def register(database: Database, device_id: str) -> None:
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        await transaction.execute(DEVICE.format(device_id))


async def prune(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await prune_announcements(transaction)


async def test_each_change_is_read_once_and_none_when_nothing_changed(
    database: Database, reader: Reader
) -> None:
    assert await reader.read() == []
    await register(database, "DEV-1")
    await register(database, "DEV-2")
    assert await reader.read() == ["DEV-1", "DEV-2"]
    assert await reader.read() == []


async def test_a_transaction_that_began_first_and_committed_last_is_not_missed(
    database: Database, reader: Reader
) -> None:
    async with database.transaction(Role.APP, tenant_id="TENANT1") as early:
        await early.execute(DEVICE.format("EARLY"))
        await register(database, "LATE")
        assert await reader.read() == ["LATE"]
        assert await reader.read() == []
    assert await reader.read() == ["EARLY"]


async def test_what_was_rolled_back_was_not_announced(database: Database, reader: Reader) -> None:
    async def register_and_fail() -> None:
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute(DEVICE.format("NEVER"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await register_and_fail()
    assert await reader.read() == []


async def test_the_same_words_of_one_transaction_are_written_once(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        await transaction.execute(
            "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
            " SELECT 'TENANT1', 'DEV-1', 'WARNING', 'It is hot', n::text"
            " FROM generate_series(1, 500) AS n"
        )
    count = postgres_server.psql(database_name, "SELECT count(*) FROM announced_changes")
    assert count.strip() == "1"


async def test_too_many_changes_are_not_told_one_by_one(
    database: Database, reader: Reader, postgres_server: PostgresForTests, database_name: str
) -> None:
    rows = "SELECT 'TENANT1', n::text FROM generate_series(1, {}) AS n"
    insert = f"INSERT INTO devices (tenant_id, device_id) {rows}"
    postgres_server.psql(database_name, insert.format(MANY))
    assert len(await reader.read() or []) == MANY
    postgres_server.psql(database_name, f"DELETE FROM devices; {insert.format(MANY + 1)}")
    assert await reader.read() is None
    assert await reader.read() == []


async def test_what_was_removed_before_it_was_read_is_known_to_be_missed(
    database: Database, reader: Reader, postgres_server: PostgresForTests, database_name: str
) -> None:
    await register(database, "DEV-1")
    age = "UPDATE announced_changes SET made_at = made_at - interval '{}'"
    postgres_server.psql(database_name, age.format("59 minutes"))
    await prune(database)
    behind = Reader(reader.log, reader.mark)
    assert await reader.read() == ["DEV-1"]

    postgres_server.psql(database_name, age.format("2 minutes"))
    await prune(database)

    assert await reader.read() == []
    assert await behind.read() is None
    assert await behind.read() == []


async def test_what_an_open_transaction_keeps_unread_is_not_removed(
    database: Database, reader: Reader, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        await transaction.execute(DEVICE.format("EARLY"))
        await register(database, "LATE")
        sql = "UPDATE announced_changes SET made_at = made_at - interval '3 hours'"
        postgres_server.psql(database_name, sql)
        await prune(database)
        assert await reader.read() == ["LATE"]
    assert await reader.read() == ["EARLY"]


@pytest.mark.parametrize("jump", ["10 years", "-10 years"])
async def test_rows_of_a_clock_that_was_wrong_are_removed(
    database: Database, postgres_server: PostgresForTests, database_name: str, jump: str
) -> None:
    await register(database, "DEV-1")
    sql = f"UPDATE announced_changes SET made_at = made_at + interval '{jump}'"
    postgres_server.psql(database_name, sql)
    await prune(database)
    assert postgres_server.psql(database_name, "SELECT FROM announced_changes") == ""


async def test_another_server_s_transactions_mean_nothing_here(
    database: Database, reader: Reader, postgres_server: PostgresForTests, database_name: str
) -> None:
    # As a dump brings them along: of transactions that are yet to come here.
    postgres_server.psql(
        database_name,
        "INSERT INTO announced_changes (xid, payload) VALUES ('9000000000000', '{}');"
        "UPDATE announced_pruned SET xid = '9000000000000'",
    )
    assert await reader.read() == []
    await register(database, "DEV-1")
    assert await reader.read() == ["DEV-1"]
    await prune(database)


async def test_after_a_restart_anything_may_have_changed(
    database: Database, reader: Reader, postgres_server: PostgresForTests
) -> None:
    await trio.to_thread.run_sync(postgres_server.restart)
    assert await outlast(Unavailable, reader.read, report=lambda _: None) is None
    assert await reader.read() == []


async def test_writers_do_not_wait_for_each_other(database: Database, reader: Reader) -> None:
    async with (
        database.transaction(Role.APP, tenant_id="TENANT1") as first,
        database.transaction(Role.APP, tenant_id="TENANT1", statement_seconds=5) as second,
    ):
        for number in range(3):
            await first.execute(DEVICE.format(f"A-{number}"))
            await second.execute(DEVICE.format(f"B-{number}"))
    assert len(await reader.read() or []) == 6
