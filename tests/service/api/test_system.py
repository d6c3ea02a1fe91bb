"""What operators read of what a router runs on, with and without its database."""

from __future__ import annotations

from typing import Any

from pulse_router import __version__
from pulse_router.domain.leases import PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.heartbeats import LOOKS, Heartbeats
from pulse_router.stores.schema import known_migrations
from pulse_router.stores.system import PostgresSystemStore
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

READER = make_token(None, "operator")


async def get(api: ApiForTests) -> dict[str, Any]:
    async with api.client(READER) as client:
        answer = await client.get("/api/v1/operator/system")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_system_shows_migrations_tables_and_checks(api: ApiForTests) -> None:
    api.readiness.report("mqtt", "the broker is away")
    shown = await get(api)
    assert shown["version"] == __version__
    database = shown["database"]
    applied = {each["version"]: each["name"] for each in database["migrations"]}
    assert applied == known_migrations()
    assert database["pending_migrations"] == []
    tables = {each["name"]: each for each in database["tables"]}
    assert tables["telemetry_default"]["parent"] == "telemetry"
    assert tables["devices"]["parent"] is None
    assert database["bytes"] == sum(each["bytes"] for each in tables.values()) > 0
    checks = {each["name"]: each for each in shown["checks"]}
    assert checks["mqtt"]["problem"] == "the broker is away"
    assert not checks["mqtt"]["is_ok"]
    assert checks["migrations"]["is_ok"]
    assert checks["durability"]["is_ok"] is (checks["durability"]["problem"] is None)


async def test_a_migration_that_is_missing_fails_its_check(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    newest = max(known_migrations())
    postgres_server.psql(database_name, f"DELETE FROM schema_migrations WHERE version = {newest}")
    shown = await get(api)
    assert shown["database"]["pending_migrations"] == [known_migrations()[newest]]
    check = next(each for each in shown["checks"] if each["name"] == "migrations")
    assert not check["is_ok"]
    assert known_migrations()[newest] in check["problem"]


async def test_routers_and_who_of_them_lives_are_shown(database: Database) -> None:
    now = 0.0
    heartbeats = Heartbeats(clock=lambda: now)
    ours = PostgresLeaseStore(database, "plant/a", heartbeats=heartbeats)
    theirs = PostgresLeaseStore(database, "plant/b")
    await ours.take_back()
    other = await theirs.take_back()
    store = PostgresSystemStore(database, known_migrations(), heartbeats=heartbeats)
    found = {each.name: each for each in (await store.load()).routers}
    assert found["plant/a"].is_this
    assert found["plant/b"].lives
    assert not found["plant/b"].is_this
    assert found["plant/b"].lanes == len(other.epochs)
    assert sum(each.lanes for each in found.values()) <= PARTITIONS
    for _ in range(2 * LOOKS + 1):  # who did not look has not watched
        now += heartbeats.lease_seconds / LOOKS / 2
        await ours.renew({})
    found = {each.name: each for each in (await store.load()).routers}
    assert found["plant/a"].lives
    assert not found["plant/b"].lives


async def test_without_a_database_the_rest_is_shown(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    api.readiness.report("database", None)
    postgres_server.psql("postgres", f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS false")
    postgres_server.psql(
        "postgres",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database_name}'",
    )
    try:
        shown = await get(api)
    finally:
        postgres_server.psql("postgres", f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true")
    assert shown["database"] is None
    check = next(each for each in shown["checks"] if each["name"] == "database")
    assert not check["is_ok"]
    assert check["problem"]


async def test_only_operators_read_it(api: ApiForTests) -> None:
    async with api.client(make_token("TENANT1", "tenant-admin")) as client:
        assert (await client.get("/api/v1/operator/system")).status_code == 403
