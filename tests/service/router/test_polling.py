"""Where the database cannot be listened to, a look acts on what has changed and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import attrs
import pytest
import trio
import trio_asyncio

from pulse_router.changes import Changes
from pulse_router.domain.messages import DeviceKey
from pulse_router.postgres.database import open_database
from pulse_router.postgres.listen import listen
from pulse_router.stores.announcements import AnnouncementLog, Mark, News
from pulse_router.streaming.changes import ChangeFeed
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import LOGIN_ROLE, PostgresForTests
from tests.support.waiting import wait_until

POLL_SECONDS = 0.05


@attrs.define
class Remembering:
    """Stands for every part that remembers, and writes down what it was told to look up again."""

    told: list[object] = attrs.field(factory=list)

    def forget(self, key: DeviceKey | None = None) -> None:
        if key is not None:
            self.told.append(key)

    def forget_all(self) -> None:
        self.told.append("all devices")

    async def refresh(self, only: Collection[int] | None = None) -> None:
        await trio.lowlevel.checkpoint()
        self.told.append("routes" if only is None else ("routes", set(only)))

    async def reload_routes(self) -> None:
        await trio.lowlevel.checkpoint()

    async def groups_changed(self, tenant_id: str | None = None) -> None:
        await trio.lowlevel.checkpoint()
        self.told.append(("groups", tenant_id))

    async def changed(self, tenant_id: str | None = None) -> None:
        await trio.lowlevel.checkpoint()
        self.told.append(("alerts", tenant_id))


ALL = ["all devices", ("groups", None), ("alerts", None), "routes"]


@attrs.define
class CountingLog:
    """Counts the looks."""

    log: AnnouncementLog
    looks: int = 0

    async def read_since(self, mark: Mark | None) -> News:
        news = await self.log.read_since(mark)
        self.looks += 1
        return news


@attrs.frozen
class Follower:
    """A part that remembers, and the looks that were made for it."""

    parts: Remembering
    log: CountingLog
    changes: Changes

    async def look_again(self, times: int = 2) -> None:
        wanted = self.log.looks + times
        await wait_until(lambda: self.log.looks >= wanted)

    async def hear_what_is_new(self) -> list[object]:
        await self.look_again()
        told = list(self.parts.told)
        self.parts.told.clear()
        return told


def make_follower(log: AnnouncementLog) -> Follower:
    parts, counting = Remembering(), CountingLog(log)
    any_part = cast("Any", parts)
    changes = Changes(
        announced=counting,
        route_pages=any_part,
        registry=any_part,
        routes=any_part,
        dispatcher=any_part,
        broadcaster=any_part,
        alerts=any_part,
        hints=ChangeFeed(),
    )
    return Follower(parts, counting, changes)


@asynccontextmanager
async def following(url: str, *, pgbouncer: bool, listens: bool = False) -> AsyncIterator[Follower]:
    async with (
        trio_asyncio.open_loop(),
        open_database(url, pool_size=1, pgbouncer=pgbouncer) as database,
        trio.open_nursery() as nursery,
    ):
        follower = make_follower(AnnouncementLog(database))
        hear = partial(
            listen,
            url if listens else None,
            "pulse_changes",
            follower.changes.act_on,
            on_gap=follower.changes.catch_up,
            poll_seconds=None if listens else POLL_SECONDS,
        )
        await nursery.start(hear)
        yield follower
        nursery.cancel_scope.cancel()


@pytest.fixture
def fleet(postgres_server: PostgresForTests, database_name: str) -> str:
    """The name of a database with 10,000 routes and 5,000 devices."""
    postgres_server.psql(
        database_name,
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type)"
        " SELECT 'TENANT' || n % 100, n::text, 'tenant/#', 'webhook'"
        " FROM generate_series(1, 10000) AS n;"
        "INSERT INTO devices (tenant_id, device_id)"
        " SELECT 'TENANT1', n::text FROM generate_series(1, 5000) AS n",
    )
    return database_name


async def test_a_look_reads_nothing_again_when_nothing_has_changed(
    postgres_server: PostgresForTests, fleet: str
) -> None:
    async with (
        open_pgbouncer(postgres_server) as pgbouncer,
        following(pgbouncer.login_url(fleet), pgbouncer=True) as follower,
    ):
        assert await follower.hear_what_is_new() == ALL
        await follower.look_again(20)
        assert follower.parts.told == []


async def test_a_look_reads_again_exactly_what_has_changed(
    postgres_server: PostgresForTests, fleet: str
) -> None:
    def change(sql: str) -> None:
        postgres_server.psql(fleet, sql)

    async with (
        open_pgbouncer(postgres_server) as pgbouncer,
        following(pgbouncer.login_url(fleet), pgbouncer=True) as follower,
    ):
        assert await follower.hear_what_is_new() == ALL
        change("UPDATE devices SET status = 'REVOKED' WHERE device_id = '7'")
        assert await follower.hear_what_is_new() == [("TENANT1", "7")]
        change("UPDATE devices SET last_seen_at = now()")
        assert await follower.hear_what_is_new() == []
        change("INSERT INTO device_groups (tenant_id, name) VALUES ('TENANT2', 'pumps')")
        assert await follower.hear_what_is_new() == [("groups", "TENANT2")]
        # Of a hundred tenants, and read once.
        change("UPDATE message_routes SET is_enabled = false WHERE id <= 500")
        assert await follower.hear_what_is_new() == [("routes", set(range(1, 501)))]
        change("DELETE FROM devices")
        assert await follower.hear_what_is_new() == ALL


async def test_what_was_missed_while_the_line_was_away_is_known_when_it_is_back(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    def run(sql: str) -> None:
        postgres_server.psql(database_name, sql)

    url = postgres_server.login_url(database_name)
    async with following(url, pgbouncer=False, listens=True) as follower:
        await follower.look_again(1)
        assert follower.parts.told == ALL
        follower.parts.told.clear()
        # In one breath, so that nobody listens when the device is made.
        run(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            f" WHERE usename = '{LOGIN_ROLE}' AND datname = '{database_name}'"
            " AND query LIKE '%LISTEN%';"
            "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'DEV-1')"
        )
        await follower.look_again(1)
        assert follower.parts.told == [("TENANT1", "DEV-1")]


async def test_what_cannot_be_read_may_be_anything(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    url = postgres_server.login_url(database_name)
    async with following(url, pgbouncer=False) as follower:
        assert await follower.hear_what_is_new() == ALL
        sql = "INSERT INTO announced_changes (payload) VALUES ('hello')"
        postgres_server.psql(database_name, sql)
        assert await follower.hear_what_is_new() == ALL
