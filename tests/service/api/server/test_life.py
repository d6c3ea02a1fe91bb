"""The server itself: where it listens, what it survives, and how it stops."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from quart_trio import QuartTrio

from pulse_router.api.server.http import HELD_BYTES
from pulse_router.api.server.listeners import CannotListen
from pulse_router.api.server.server import serve
from pulse_router.settings.values import Bind
from tests.support.api.server import ApiForTests

UPGRADE = (
    b"GET /customer/telemetry/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
# Four of these end hypercorn's own server at once.
MALFORMED = {
    "HTTP2-Settings of half a byte": (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"HTTP2-Settings: AAAAA\r\n\r\n"
    ),
    "a subprotocol that is no text": UPGRADE.replace(
        b"Host: x\r\n", b"Host: x\r\nSec-WebSocket-Protocol: \xff\xfe\r\n"
    ),
    "a connection option that is no text": UPGRADE.replace(b": Upgrade\r", b": Upgrade, \xff\r"),
    "a frame before the handshake has ended": UPGRADE + b"\xff" * 50,
    "an extension's parameter that is no number": UPGRADE.replace(
        b"Host: x\r\n",
        b"Host: x\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=abc\r\n",
    ),
    "HTTP/2 followed by noise": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100,
    "no HTTP at all": b"\x16\x03\x01\x00\xff" + b"\x00" * 200,
    "an absurd length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a query that is no text": b"GET /health?\xc3(=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a percent that is none": b"GET /customer/%zz%ff HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_one_clients_garbage_is_nobody_elses_trouble(api: ApiForTests, name: str) -> None:
    async with api.stream() as other:
        await other.get_message()
        with trio.fail_after(20):
            client = await trio.open_tcp_stream("127.0.0.1", api.port)
            async with client:
                await client.send_all(MALFORMED[name])
                await client.send_eof()
                try:
                    while await client.receive_some():
                        pass
                except trio.BrokenResourceError:
                    pass
        async with api.client() as good:
            assert (await good.get("/health")).status_code == 200
        await other.ping()


@asynccontextmanager
async def serving(
    app: QuartTrio,
    bind: Bind,
    *,
    stalled_client_seconds: float = 10,
    grace_seconds: float = 1,
    idle_seconds: float = 30,
) -> AsyncIterator[tuple[list[str], trio.Event]]:
    """A server: its addresses, and the event that stops it; leaving waits until it has."""
    shutdown = trio.Event()
    run = partial(
        serve,
        app,
        bind,
        shutdown=shutdown,
        grace_seconds=grace_seconds,
        stalled_client_seconds=stalled_client_seconds,
        idle_seconds=idle_seconds,
    )
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            yield await nursery.start(run), shutdown
            shutdown.set()


def make_app() -> QuartTrio:
    app = QuartTrio("test")

    @app.get("/slow")
    async def slow() -> str:
        app.config["REACHED"].set()
        await trio.sleep(0.3)
        return "done"

    @app.get("/flood")
    async def flood() -> bytes:
        await trio.lowlevel.checkpoint()
        return b"x" * 50_000_000

    @app.get("/long/<int:length>")
    async def long(length: int) -> str:
        await trio.lowlevel.checkpoint()
        return "x" * length + "done"

    @app.get("/piecemeal")
    async def piecemeal() -> AsyncIterator[bytes]:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"begun "
            await app.config["REACHED"].wait()
            yield b"done"

        await trio.lowlevel.checkpoint()
        return pieces()

    app.config["REACHED"] = trio.Event()
    return app


async def test_a_name_is_listened_on_by_ipv4_and_ipv6_on_one_port() -> None:
    async with serving(make_app(), Bind("localhost", 0)) as (addresses, _):
        ports = {address.rpartition(":")[2] for address in addresses}
        assert len(ports) == 1
        assert f"127.0.0.1:{min(ports)}" in addresses
        for address in addresses:
            host = address.rpartition(":")[0].strip("[]")
            await (await trio.open_tcp_stream(host, int(min(ports)))).aclose()


async def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = Bind("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(CannotListen, match=f"on {bind} .http.bind.: address already in use"):
            await serve(make_app(), bind, shutdown=trio.Event())


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
async def test_an_address_of_another_machine_is_an_error_that_names_the_setting(host: str) -> None:
    with pytest.raises(CannotListen, match=f"on {host}:0 .http.bind.: .*; set http.bind to an"):
        await serve(make_app(), Bind(host, 0), shutdown=trio.Event())


async def read_response(client: trio.SocketStream) -> bytes:
    """Read one response whose body is "done"."""
    answer = b""
    while not answer.endswith(b"done"):
        chunk = await client.receive_some()
        assert chunk, "the connection ended before the response did"
        answer += chunk
    return answer


async def test_an_answer_is_sent_as_a_whole() -> None:
    async with serving(make_app(), Bind("127.0.0.1", 0)) as (addresses, _):
        client = await trio.open_tcp_stream("127.0.0.1", int(addresses[0].rpartition(":")[2]))
        async with client:
            for length in (0, 1, 2_000):
                await client.send_all(b"GET /long/%d HTTP/1.1\r\nHost: x\r\n\r\n" % length)
                answer = await client.receive_some(65_536)
                assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
                assert answer.endswith(b"\r\n\r\n" + b"x" * length + b"done")


@pytest.mark.parametrize("length", [HELD_BYTES - 4, HELD_BYTES, 10 * HELD_BYTES])
async def test_an_answer_that_is_too_long_for_one_write_comes_whole(length: int) -> None:
    async with serving(make_app(), Bind("127.0.0.1", 0)) as (addresses, _):
        client = await trio.open_tcp_stream("127.0.0.1", int(addresses[0].rpartition(":")[2]))
        async with client:
            for _ in range(2):
                await client.send_all(b"GET /long/%d HTTP/1.1\r\nHost: x\r\n\r\n" % length)
                head, _, body = (await read_response(client)).partition(b"\r\n\r\n")
                assert b"\r\ncontent-length: %d\r\n" % (length + 4) in head + b"\r\n"
                assert body == b"x" * length + b"done"


async def test_what_is_made_piece_by_piece_is_sent_so() -> None:
    app = make_app()
    async with serving(app, Bind("127.0.0.1", 0)) as (addresses, _):
        client = await trio.open_tcp_stream("127.0.0.1", int(addresses[0].rpartition(":")[2]))
        async with client:
            await client.send_all(b"GET /piecemeal HTTP/1.1\r\nHost: x\r\n\r\n")
            begun = b""
            while b"begun " not in begun:
                begun += await client.receive_some()
            app.config["REACHED"].set()
            rest = b""
            while not rest.endswith(b"0\r\n\r\n"):
                rest += await client.receive_some()
            assert b"done" in rest


async def test_a_client_that_asks_for_nothing_is_closed_after_a_while() -> None:
    async with serving(make_app(), Bind("127.0.0.1", 0), idle_seconds=0.2) as (addresses, _):
        port = int(addresses[0].rpartition(":")[2])
        used, fresh, slow = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(3)]
        async with used, fresh, slow:
            await slow.send_all(b"GET /slow HTTP/1.1\r\nHo")
            await used.send_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            await read_response(used)  # which took longer to make than a client may be idle
            for client in (used, fresh, slow):
                assert await client.receive_some() == b""


async def test_what_is_under_way_ends_before_the_server_does_and_idle_ones_at_once() -> None:
    app = make_app()
    async with serving(app, Bind("127.0.0.1", 0), grace_seconds=1000) as (addresses, stop):
        port = int(addresses[0].rpartition(":")[2])
        busy, used, fresh = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(3)]
        async with busy, used, fresh:
            await used.send_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            await read_response(used)
            app.config["REACHED"] = trio.Event()
            await busy.send_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            await app.config["REACHED"].wait()
            stop.set()
            await read_response(busy)
            for client in (busy, used, fresh):
                assert await client.receive_some() == b""


async def test_a_client_that_stops_reading_is_cut_off_and_holds_up_no_stop() -> None:
    async with serving(make_app(), Bind("127.0.0.1", 0), stalled_client_seconds=1) as (
        addresses,
        shutdown,
    ):
        client = await trio.open_tcp_stream("127.0.0.1", int(addresses[0].rpartition(":")[2]))
        await client.send_all(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await client.receive_some(100)
        shutdown.set()
    await client.aclose()
