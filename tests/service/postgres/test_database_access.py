"""Several installations on one server: each database is closed to the others' logins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.database import open_database
from pulse_router.stores.roles import Role
from tests.support.servers.migrating import migrate
from tests.support.servers.postgres import LOGIN_ROLE, PostgresForTests


@attrs.frozen
class Gateway:
    """A database and its login on the common server."""

    postgres: PostgresForTests
    database: str
    login: str

    def url(self, database: str | None = None) -> str:
        name = self.database if database is None else database
        return self.postgres.server.url(name, user=self.login, password="hush")

    async def may_read_devices_of(self, other: Gateway) -> bool:
        """Try, as this one's login, to read the other's devices past row-level security."""
        async with (
            trio_asyncio.open_loop(),
            open_database(self.url(other.database), pool_size=1) as database,
        ):
            try:
                async with database.transaction(Role.OPERATOR) as transaction:
                    await transaction.fetch("SELECT * FROM public.devices")
            except Unavailable as error:
                assert "permission denied for database" in str(error)  # noqa: PT017
                return False
        return True

    @asynccontextmanager
    async def connected_to(self, other: Gateway) -> AsyncIterator[None]:
        async with trio_asyncio.open_loop():
            connection = await connect(ConnectOptions(self.url(other.database)))
            try:
                yield
            finally:
                connection.terminate()


@pytest.fixture
def gateways(postgres_server: PostgresForTests) -> Iterator[list[Gateway]]:
    made = []
    for number in (1, 2):
        name = postgres_server.create_database(template="template1")
        login = f"gateway_{number}_of_{name}"
        postgres_server.psql("postgres", f"CREATE ROLE {login} LOGIN PASSWORD 'hush'")
        postgres_server.psql("postgres", f"ALTER DATABASE {name} OWNER TO {login}")
        made.append(Gateway(postgres_server, name, login))
    yield made
    for each in made:
        postgres_server.drop_database(each.database)
    for each in made:
        postgres_server.psql("postgres", f"DROP OWNED BY {each.login}; DROP ROLE {each.login}")


async def test_a_login_of_another_installation_cannot_connect_to_a_database_that_was_fresh(
    postgres_server: PostgresForTests, gateways: list[Gateway]
) -> None:
    for each in gateways:
        report = await migrate(postgres_server.admin_url(each.database), login_role=each.login)
        assert report.closed is not None
        assert f"REVOKE CONNECT ON DATABASE {each.database} FROM PUBLIC" in report.closed
        assert report.opened_with == f"GRANT CONNECT ON DATABASE {each.database} TO"
        assert report.open == ()
    first, second = gateways

    assert await first.may_read_devices_of(first)
    assert not await second.may_read_devices_of(first)
    assert not await first.may_read_devices_of(second)


async def test_an_owner_who_migrates_closes_the_database_too(
    postgres_server: PostgresForTests, gateways: list[Gateway]
) -> None:
    first, second = gateways
    postgres_server.psql(
        "postgres",
        f"GRANT pulse_app, pulse_ingest, pulse_operator TO {first.login} WITH ADMIN OPTION",
    )
    assert (await migrate(first.url())).closed is not None
    await migrate(postgres_server.admin_url(second.database), login_role=second.login)

    assert await first.may_read_devices_of(first)
    assert not await second.may_read_devices_of(first)


async def test_whoever_is_granted_it_afterwards_may_connect_and_stays_granted(
    postgres_server: PostgresForTests, gateways: list[Gateway]
) -> None:
    first, second = gateways
    url = postgres_server.admin_url(first.database)
    report = await migrate(url, login_role=first.login)
    postgres_server.psql("postgres", f"{report.opened_with} {second.login}")

    again = await migrate(url, login_role=first.login)

    assert (again.closed, again.open) == (None, ())
    async with second.connected_to(first):
        pass


STRANGERS = {
    "owns a table": "CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO {other}",
    "was granted a table": "CREATE TABLE theirs (); GRANT SELECT ON theirs TO {other}",
    "was granted the database": "GRANT CONNECT ON DATABASE {database} TO {other}",
    "has settings for it": "ALTER ROLE {other} IN DATABASE {database} SET work_mem = '8MB'",
    "reads what all may read": "CREATE TABLE theirs (); GRANT SELECT ON theirs TO PUBLIC",
}


@pytest.mark.parametrize("sql", STRANGERS.values(), ids=STRANGERS)
async def test_a_database_that_somebody_else_uses_is_left_as_it_is_and_said_to_be_open(
    postgres_server: PostgresForTests, gateways: list[Gateway], sql: str
) -> None:
    first, second = gateways
    made = sql.format(other=second.login, database=first.database)
    postgres_server.psql(first.database, made)

    report = await migrate(postgres_server.admin_url(first.database), login_role=first.login)

    assert report.closed is None
    async with second.connected_to(first):
        pass
    assert "every login of the server may connect" in report.open[-1]
    assert f"`REVOKE CONNECT ON DATABASE {first.database} FROM PUBLIC;" in report.open[-1]


async def test_a_database_that_somebody_is_connected_to_is_left_as_it_is(
    postgres_server: PostgresForTests, gateways: list[Gateway]
) -> None:
    first, second = gateways
    async with second.connected_to(first):
        report = await migrate(postgres_server.admin_url(first.database), login_role=first.login)

    assert report.closed is None


async def test_a_database_that_was_migrated_before_is_left_as_it_is_and_who_may_act_is_named(
    postgres_server: PostgresForTests, gateways: list[Gateway], database_name: str
) -> None:
    first, _ = gateways
    await migrate(postgres_server.admin_url(first.database), login_role=first.login)

    report = await migrate(postgres_server.admin_url(database_name), login_role=LOGIN_ROLE)

    assert report.closed is None
    actors, everybody = report.open
    assert first.login in actors
    assert "past row-level security" in actors
    assert LOGIN_ROLE not in actors.partition(" may act")[0].split(", ")
    assert f"FROM PUBLIC; GRANT CONNECT ON DATABASE {database_name} TO iot" in everybody
