"""Several servers in one URL: the one that is wanted is found, or each says why it is not."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.embedded import ports
from pulse_router.embedded.postgres import PostgresServer, prepare_server
from pulse_router.postgres.connecting import ConnectOptions, connect
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.postgres import SETTINGS

WITH_STANDBY = {**SETTINGS, "wal_level": "replica"}


@pytest.fixture
async def primary_and_standby() -> AsyncIterator[tuple[PostgresServer, PostgresServer]]:
    """A server, and a copy of it that recovers for ever, as one does whose primary is away."""
    folder = make_reachable_folder("standby")
    primary = prepare_server(folder / "primary", settings=WITH_STANDBY)
    standby = prepare_server(folder / "standby", settings=WITH_STANDBY)
    try:
        for server in (primary, standby):
            await server.start()
        await standby.stop()
        mark = standby.data / "standby.signal"
        mark.touch()
        if standby.account is not None:
            os.chown(mark, standby.account.uid, standby.account.gid)
        await standby.start()
        trust(primary, standby)
        yield primary, standby
    finally:
        with trio.CancelScope(shield=True):
            await primary.stop()
            await standby.stop()
        remove_folder(folder)


async def found(url: str) -> int:
    """Log in once; tells to which port."""
    async with trio_asyncio.open_loop():
        connection = await connect(ConnectOptions(url))
        try:
            [row] = await connection.fetch("SELECT inet_server_port() AS port", timeout_seconds=5)
            return int(row["port"])
        finally:
            connection.terminate()


async def why_not(url: str) -> str:
    async with trio_asyncio.open_loop():
        with pytest.raises(Unavailable) as caught:
            await connect(ConnectOptions(url))
    return str(caught.value)


async def test_the_server_that_is_wanted_is_found_wherever_it_stands(
    primary_and_standby: tuple[PostgresServer, PostgresServer],
) -> None:
    primary, standby = primary_and_standby
    gone = ports.find_free(ports.loopback_hosts())
    for order in ([primary, standby], [standby, primary]):
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in order)

        def url(attrs: str, hosts: str = hosts) -> str:
            query = f"?target_session_attrs={attrs}" if attrs else ""
            return f"postgresql://postgres@127.0.0.1:{gone},{hosts}/postgres{query}"

        assert await found(url("")) == primary.port
        assert await found(url("primary")) == primary.port
        assert await found(url("read-write")) == primary.port
        assert await found(url("standby")) == standby.port
        assert await found(url("read-only")) == standby.port
        assert await found(url("prefer-standby")) == standby.port
        assert await found(url("any")) == order[0].port
    alone = f"postgresql://postgres@127.0.0.1:{gone},127.0.0.1:{standby.port}/postgres"
    said = await why_not(alone)
    assert f"127.0.0.1:{gone}: connection refused" in said
    assert f"127.0.0.1:{standby.port} is a standby, and target_session_attrs asks for" in said
    only = f"postgresql://postgres@127.0.0.1:{primary.port}/postgres?target_session_attrs=standby"
    assert "is a primary, and target_session_attrs asks for standby" in await why_not(only)


def trust(*servers: PostgresServer) -> None:
    """Let anybody in, for a URL has one password for all."""
    for server in servers:
        (server.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
        assert server.process is not None
        server.process.send(signal.SIGHUP)  # it reads the file again


async def test_a_silent_server_leaves_time_for_the_next(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        login, _, rest = database_url.partition("@")
        url = f"{login}@127.0.0.1:{silent.getsockname()[1]},{rest}?connect_timeout=1"
        began_at = trio.current_time()
        port = int(rest.partition(":")[2].partition("/")[0])
        assert await found(url) == port
        assert trio.current_time() - began_at < 8


async def test_a_name_with_several_addresses_that_refuse_is_told_in_our_words() -> None:
    port = ports.find_free(ports.loopback_hosts())
    said = await why_not(f"postgresql://iot@localhost:{port}/nothing?sslmode=disable")
    assert said.startswith(f"cannot connect to PostgreSQL at localhost:{port}: connection refused;")
    assert "Errno" not in said


async def test_the_socket_is_kept_alive_as_the_url_says(database_url: str) -> None:
    query = "?keepalives=1&keepalives_idle=33&keepalives_interval=7&keepalives_count=4"
    async with trio_asyncio.open_loop():
        connection = await connect(ConnectOptions(f"{database_url}{query}&tcp_user_timeout=9000"))
        sock = connection._raw._transport.get_extra_info("socket")  # type: ignore[attr-defined]
        told = [
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        ]
        connection.terminate()
    assert told == [1, 33, 7, 4, 9000]


async def test_the_session_is_told_what_the_url_says(database_url: str) -> None:
    query = "?application_name=plant%207&options=-c%20geqo%3Doff"
    async with trio_asyncio.open_loop():
        connection = await connect(ConnectOptions(database_url + query))
        [row] = await connection.fetch(
            "SELECT current_setting('application_name') AS name, current_setting('geqo') AS geqo",
            timeout_seconds=5,
        )
        connection.terminate()
    assert (row["name"], row["geqo"]) == ("plant 7", "off")


async def test_a_folder_of_a_socket_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = await why_not(f"postgresql://iot@/nothing?host={tmp_path}")
    assert said.startswith(f"cannot connect to PostgreSQL at {tmp_path}: no such file or directory")
