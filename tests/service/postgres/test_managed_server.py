"""A managed server, whose administrator is no superuser: what to ask for is said, and is enough."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import PulseError
from pulse_router.embedded.postgres import PostgresServer, prepare_server
from pulse_router.stores.schema import migrate
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.postgres import SETTINGS

ADMINISTRATOR = "Cloud admin"


@pytest.fixture
async def managed() -> AsyncIterator[PostgresServer]:
    folder = make_reachable_folder("managed")
    server = prepare_server(folder, settings=SETTINGS)
    try:
        await server.start()
        server.psql(
            "postgres",
            f"CREATE ROLE \"{ADMINISTRATOR}\" LOGIN CREATEROLE CREATEDB PASSWORD 'hush';"
            "CREATE ROLE iot LOGIN PASSWORD 'hush';"
            f'CREATE DATABASE iotcloud OWNER "{ADMINISTRATOR}"',
        )
        yield server
    finally:
        with trio.CancelScope(shield=True):
            await server.stop()
        remove_folder(folder)


async def test_what_to_ask_the_provider_for_is_said_and_is_enough(managed: PostgresServer) -> None:
    url = managed.url("iotcloud", user=ADMINISTRATOR, password="hush")
    async with trio_asyncio.open_loop():
        with pytest.raises(PulseError) as caught:
            await migrate(url, login_role="iot")
        said = str(caught.value)
        [wanted] = re.findall(r"has run this before: `([^`]+)`", said)
        assert f'TO "{ADMINISTRATOR}" WITH ADMIN OPTION' in wanted
        assert "hush" not in said
        managed.psql("postgres", wanted)
        report = await migrate(url, login_role="iot")
    assert report.applied
    assert report.granted


async def test_roles_that_may_not_be_granted_are_not_answered_in_a_circle(
    managed: PostgresServer,
) -> None:
    url = managed.url("iotcloud", user=ADMINISTRATOR, password="hush")
    managed.psql(
        "postgres",
        "CREATE ROLE pulse_app NOLOGIN; CREATE ROLE pulse_ingest NOLOGIN BYPASSRLS;"
        "CREATE ROLE pulse_operator NOLOGIN BYPASSRLS",
    )
    async with trio_asyncio.open_loop():
        with pytest.raises(PulseError, match="WITH ADMIN OPTION") as caught:
            await migrate(url, login_role="iot")
        [grant] = re.findall(r"GRANT pulse_app[^`;]+WITH ADMIN OPTION", str(caught.value))
        managed.psql("postgres", grant)
        assert (await migrate(url, login_role="iot")).granted
