"""A pooler that the settings do not speak of is named, with the setting."""

from __future__ import annotations

import pytest
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.connection import ConnectOptions, connect
from pulse_router.postgres.database import open_database
from pulse_router.postgres.transaction import Role
from tests.support.pgbouncer import open_pgbouncer, prepare
from tests.support.postgres import PostgresForTests
from tests.support.tls_database import IGNORED


async def test_pgbouncer_that_refuses_our_session_s_settings_is_named_with_the_setting(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_pgbouncer(postgres_server) as pgbouncer, trio_asyncio.open_loop():
        with pytest.raises(Unavailable, match=r"set database\.pgbouncer = true"):
            await connect(ConnectOptions(pgbouncer.login_url(database_name)))


async def test_pgbouncer_that_mixes_up_our_statements_is_named_with_the_setting(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    pgbouncer = prepare(postgres_server)
    with pgbouncer.config.open("a") as config:
        config.write(
            f"ignore_startup_parameters = {IGNORED}\nmax_prepared_statements = 0\n"
            "default_pool_size = 1\nserver_reset_query_always = 1\n"
        )
    await pgbouncer.start()
    try:
        url = pgbouncer.login_url(database_name)
        async with trio_asyncio.open_loop(), open_database(url, pool_size=1) as database:

            async def ask() -> None:
                for _ in range(2):
                    async with database.transaction(Role.OPERATOR) as transaction:
                        await transaction.fetch("SELECT $1::text", "x")

            with pytest.raises(Unavailable, match=r"set database\.pgbouncer = true"):
                await ask()
    finally:
        await pgbouncer.stop()
