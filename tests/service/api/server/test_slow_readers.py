"""Clients that ask and do not read: they hold their own tenant's turns, and bounded memory."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import attrs
import trio
import trio.testing
from quart import Response
from quart_trio import QuartTrio

from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.paths import Paths
from pulse_router.api.access.tokens import SharedSecretVerifier
from pulse_router.api.openapi.operations import Media, Operation
from pulse_router.api.requests.responses import data_response
from pulse_router.api.server.cors import Cors
from pulse_router.api.server.envelope import Envelope
from pulse_router.api.server.server import serve
from pulse_router.api.server.unsent import Unsent
from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.settings.values import Bind
from tests.support.api.server import AUDIENCE, ISSUER, SECRET, make_token

AT_ONCE_PER_TENANT = Budget().database_connections

BYTES = 4 * 1024 * 1024
READ = Operation(id="read", tag="Test", summary="Read", answers={200: Media("text/plain", "Much.")})


@attrs.define
class Served:
    """Who has read so far, and where."""

    port: int = 0
    begun: list[str] = attrs.field(factory=list)

    async def read(self, tenant_id: str) -> Response:
        await trio.lowlevel.checkpoint()
        self.begun.append(tenant_id)
        return data_response(b"x" * BYTES, "text/plain")

    async def ask(self, stack: AsyncExitStack, tenant_id: str) -> trio.SocketStream:
        """Ask, and read nothing."""
        client = await trio.open_tcp_stream("127.0.0.1", self.port)
        await stack.enter_async_context(client)
        token = make_token(tenant_id)
        await client.send_all(
            f"GET /much HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        return client


@asynccontextmanager
async def serving(max_unsent_bytes: int) -> AsyncIterator[Served]:
    served, shutdown = Served(), trio.Event()
    app = QuartTrio("much")
    tokens = SharedSecretVerifier(SECRET, issuer=ISSUER, audience=AUDIENCE, unix_time=time.time)
    paths = Paths(app, tokens, TenantGate(Budgets()), answer_seconds=60)
    paths.customer("GET", "/much", served.read, writes=False, operation=READ)
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(()), access_log="off"
    )
    run = partial(
        serve,
        app,
        Bind("127.0.0.1", 0),
        shutdown=shutdown,
        grace_seconds=0.1,
        unsent=Unsent(max_unsent_bytes),
    )
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            (address,) = await nursery.start(run)
            served.port = int(address.rpartition(":")[2])
            yield served
            shutdown.set()


async def test_a_turn_lasts_until_its_last_byte_is_out() -> None:
    async with serving(100 * BYTES) as served, AsyncExitStack() as stack:
        slow = [await served.ask(stack, "NOISY") for _ in range(AT_ONCE_PER_TENANT + 3)]
        quick = await served.ask(stack, "QUIET")
        read = 0
        while read < BYTES:
            read += len(await quick.receive_some())
        await trio.testing.wait_all_tasks_blocked(0.1)
        assert served.begun.count("NOISY") == AT_ONCE_PER_TENANT
        await slow[0].aclose()
        while served.begun.count("NOISY") == AT_ONCE_PER_TENANT:  # noqa: ASYNC110 - by real sockets
            await trio.sleep(0.01)
        assert served.begun.count("NOISY") == AT_ONCE_PER_TENANT + 1


async def test_what_waits_for_slow_readers_is_bounded_in_all() -> None:
    async with serving(3 * BYTES) as served, AsyncExitStack() as stack:
        slow = []
        for number in range(8):
            slow.append(await served.ask(stack, f"T{number}"))
            while len(served.begun) <= number:  # noqa: ASYNC110 - by real sockets
                await trio.sleep(0.01)
        ends = [await _is_whole(client) for client in slow]
    assert ends[0] is False
    assert ends[-1] is True
    assert ends == sorted(ends)


async def test_one_that_wants_more_than_there_is_room_for_is_cut_and_nobody_else() -> None:
    async with serving(BYTES // 4) as served, AsyncExitStack() as stack:
        assert await _is_whole(await served.ask(stack, "T1")) is False
        client = await trio.open_tcp_stream("127.0.0.1", served.port)
        async with client:
            await client.send_all(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await client.receive_some()).startswith(b"HTTP/1.1 404 ")


async def _is_whole(client: trio.SocketStream) -> bool:
    """Read what there is to read, and tell whether it is all."""
    read = 0
    try:
        while read < BYTES:
            data = await client.receive_some()
            if not data:
                return False
            read += len(data)
    except trio.BrokenResourceError:
        return False
    return True
