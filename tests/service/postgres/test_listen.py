"""What the database announces is heard, whatever happens to the connection."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import pytest
import trio

from pulse_router.postgres.database import Database
from pulse_router.postgres.listen import listen
from pulse_router.stores.roles import Role
from tests.support.servers.frozen import frozen
from tests.support.servers.postgres import PostgresForTests

CHANNEL = "pulse_changes"
HANGS_AFTER_SECONDS = 60
# The router's only connections at that moment: the pool makes its own on demand.
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE usename = 'iot' AND datname = '{name}'"


@attrs.frozen
class Ear:
    """Collects what is heard."""

    send: trio.MemorySendChannel[str | None]
    receive: trio.MemoryReceiveChannel[str | None]

    async def hear(self, payload: str | None) -> None:
        await self.send.send(payload)

    async def next(self) -> str | None:
        with trio.fail_after(HANGS_AFTER_SECONDS):
            return await self.receive.receive()

    async def wait_for(self, payload: str | None) -> None:
        while await self.next() != payload:
            pass


@asynccontextmanager
async def listening(url: str, *, keep_alive_seconds: float = 15) -> AsyncIterator[Ear]:
    ear = Ear(*trio.open_memory_channel[str | None](100))

    async def run() -> None:
        await listen(
            url,
            CHANNEL,
            ear.hear,
            on_gap=partial(ear.hear, None),
            keep_alive_seconds=keep_alive_seconds,
        )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        yield ear
        nursery.cancel_scope.cancel()


async def notify(database: Database, payload: str) -> None:
    async with database.transaction(Role.APP) as transaction:
        await transaction.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)


async def test_a_new_connection_says_that_anything_may_have_changed_and_then_hears(
    database: Database, database_url: str
) -> None:
    async with listening(database_url) as ear:
        assert await ear.next() is None
        for payload in ("one", "two"):
            await notify(database, payload)
            assert await ear.next() == payload


async def test_it_listens_again_when_its_backend_is_ended(
    database: Database, database_url: str, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with listening(database_url) as ear:
        assert await ear.next() is None
        sql = LISTENERS.format(name=database_name).replace("pid", "pg_terminate_backend(pid)", 1)
        assert postgres_server.psql("postgres", sql).strip() == "t"

        await ear.wait_for(None)
        await notify(database, "again")
        await ear.wait_for("again")


async def test_it_listens_again_when_the_server_restarts(
    database: Database, database_url: str, postgres_server: PostgresForTests
) -> None:
    async with listening(database_url) as ear:
        assert await ear.next() is None
        await trio.to_thread.run_sync(postgres_server.restart)

        await ear.wait_for(None)
        await notify(database, "again")
        await ear.wait_for("again")


async def test_it_begins_before_the_server_does(
    database: Database, database_url: str, postgres_server: PostgresForTests
) -> None:
    await trio.to_thread.run_sync(postgres_server.stop)
    async with listening(database_url) as ear:
        await trio.to_thread.run_sync(postgres_server.start)

        await ear.wait_for(None)
        await notify(database, "at last")
        await ear.wait_for("at last")


async def test_a_connection_that_went_silent_is_noticed(
    database: Database,
    database_url: str,
    postgres_server: PostgresForTests,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So long that no machine, however busy, is taken for a line that went silent.
    monkeypatch.setattr("pulse_router.postgres.listen.ANSWER_WITHIN_SECONDS", 2.0)
    async with listening(database_url, keep_alive_seconds=0.1) as ear:
        assert await ear.next() is None
        sql = LISTENERS.format(name=database_name)
        pid = int(await trio.to_thread.run_sync(postgres_server.psql, "postgres", sql))
        with frozen(pid):
            await ear.wait_for(None)
            await notify(database, "on the new line")
            await ear.wait_for("on the new line")


@attrs.frozen
class Change:
    """A statement of the API, and what it has to announce."""

    sql: str
    announced: dict[str, str | int | None]


def change(table: str, device_id: str | None, sql: str) -> Change:
    return Change(sql, {"table": table, "tenant_id": "TENANT1", "device_id": device_id})


def change_of_route(sql: str) -> Change:
    said = {"table": "message_routes", "tenant_id": "TENANT1", "device_id": None, "route_id": 1}
    return Change(sql, said)


def change_of_tenant(table: str, sql: str) -> Change:
    return Change(sql, {"table": table, "tenant_id": "TENANT1"})


DEVICE = "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'DEV-1')"
CHANGES = [
    change("devices", "DEV-1", DEVICE),
    change("devices", "DEV-1", "UPDATE devices SET status = 'REVOKED'"),
    change_of_route(
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type)"
        " VALUES ('TENANT1', 'r', 'tenant/#', 'webhook')",
    ),
    change_of_route("UPDATE message_routes SET is_enabled = false"),
    change_of_route("DELETE FROM message_routes"),
    change(
        "device_groups",
        None,
        "INSERT INTO device_groups (tenant_id, name) VALUES ('TENANT1', 'pumps')",
    ),
    change_of_tenant(
        "device_group_members",
        "INSERT INTO device_group_members SELECT id, 'TENANT1', 'DEV-1' FROM device_groups",
    ),
    change_of_tenant("device_group_members", "DELETE FROM device_group_members"),
    change_of_tenant(
        "alerts",
        "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
        " VALUES ('TENANT1', 'DEV-1', 'WARNING', 'It is hot', 'heat')",
    ),
    change("devices", "DEV-1", "DELETE FROM devices"),
]


async def test_changes_of_routes_devices_and_groups_are_announced(
    database: Database, database_url: str
) -> None:
    async with listening(database_url) as ear:
        assert await ear.next() is None
        for each in CHANGES:
            async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
                await transaction.execute(each.sql)
            assert json.loads(await ear.next() or "") == each.announced


async def test_that_a_device_was_seen_is_no_change(database: Database, database_url: str) -> None:
    async with listening(database_url) as ear:
        assert await ear.next() is None
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute(DEVICE)
        assert "DEV-1" in (await ear.next() or "")

        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute("UPDATE devices SET last_seen_at = now()")
        await notify(database, "afterwards")
        assert await ear.next() == "afterwards"
