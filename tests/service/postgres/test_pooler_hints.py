"""A pooler that the settings do not speak of is named, with the setting."""

from __future__ import annotations

import pytest
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import PostgresForTests


async def test_pgbouncer_that_refuses_our_session_s_settings_is_named_with_the_setting(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_pgbouncer(postgres_server) as pgbouncer, trio_asyncio.open_loop():
        with pytest.raises(Unavailable, match=r"set database\.pgbouncer = true"):
            await connect(ConnectOptions(pgbouncer.login_url(database_name)))


async def test_a_statement_that_the_server_does_not_know_any_more_is_a_pooler_s_doing(
    database: Database,
) -> None:
    async def ask() -> None:
        async with database.transaction(Role.OPERATOR) as transaction:
            await transaction.fetch("SELECT $1::text", "x")
            # As when a pooler has put another server under the connection.
            await transaction.execute("DEALLOCATE ALL")
            await transaction.fetch("SELECT $1::text", "x")

    with pytest.raises(Unavailable, match=r"set database\.pgbouncer = true"):
        await ask()
