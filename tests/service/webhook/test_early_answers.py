"""Answers that come before a request has been sent, or unasked, and floods that leave no pause."""

from __future__ import annotations

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import pytest
import trio

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.webhook.sender import open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.servers.certificates import TestAuthority

HUGE = 8_000_000
"""More than the buffers between two sockets take."""
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
IDLE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def big_delivery() -> Delivery:
    return make_delivery(payload=f'{{"metrics":{{}},"more":"{"x" * HUGE}"}}')


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A listening socket that a test serves by itself."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://localhost:{listener.getsockname()[1]}/hook"


Serve: TypeAlias = Callable[[trio.SocketStream, trio.Event], Awaitable[None]]


async def deliver_to(serve: Serve, *, authority: TestAuthority | None = None) -> Outcome:
    """Send a huge request to a server that has one connection, whose bytes it reads itself.

    Args:
        serve: Gets the connection, and is told when the request is over.
        authority: Who certifies the server; none where it is not encrypted.
    """
    is_over = trio.Event()
    tls = None if authority is None else WebhookTls(TlsContexts(authority.client_context()))
    with listening() as listener:
        listener.setblocking(False)

        async def accept() -> None:
            connection, _ = await trio.socket.from_stdlib_socket(listener).accept()
            with connection:
                await serve(trio.SocketStream(connection), is_over)

        async with (
            open_webhooks(LOOPBACK, tls=tls, resolver=resolve_to("127.0.0.1")) as hooks,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(accept)
            url = url_of(listener, "http" if authority is None else "https")
            route = make_route(url=url, timeout_seconds=20)
            outcome = await hooks.deliver(big_delivery(), route, attempt=1)
            assert hooks.connections == 0
            is_over.set()
    return outcome


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_refusal_is_heard_while_the_request_still_goes_out(encrypted: bool) -> None:
    """A server may refuse by the head alone, and never read the body."""
    authority = TestAuthority() if encrypted else None

    async def refuse(tcp: trio.SocketStream, is_over: trio.Event) -> None:
        stream: Stream = tcp
        if authority is not None:
            context = authority.server_context("localhost")
            stream = trio.SSLStream(tcp, context, server_side=True, https_compatible=True)
        await stream.receive_some(100)
        await stream.send_all(b"HTTP/1.1 100 Continue\r\n\r\n")
        await stream.send_all(TOO_LARGE)
        await is_over.wait()

    outcome = await deliver_to(refuse, authority=authority)
    assert (outcome.status, outcome.verdict) == (413, Verdict.DEAD)
    assert outcome.duration_seconds < 10


async def test_a_refusal_is_heard_although_the_line_is_reset_while_the_request_goes_out() -> None:
    async def refuse_and_close(stream: trio.SocketStream, _is_over: trio.Event) -> None:
        await stream.receive_some(100)
        await stream.send_all(TOO_LARGE)
        stream.socket.close()  # with bytes unread: a reset

    assert (await deliver_to(refuse_and_close)).status == 413


async def test_a_success_that_comes_early_gets_the_rest_of_the_request() -> None:
    """Who says yes to the head may still read the body."""
    taken = 0

    async def accept_and_read(stream: trio.SocketStream, _is_over: trio.Event) -> None:
        nonlocal taken
        taken += len(await stream.receive_some(100))
        await stream.send_all(CLOSING)
        await trio.sleep(0.1)
        while taken < HUGE:
            taken += len(await stream.receive_some(1_000_000))

    assert (await deliver_to(accept_and_read)).verdict is Verdict.DELIVERED
    assert taken >= HUGE


async def test_a_word_on_having_been_idle_is_no_answer() -> None:
    """Some servers say 408 when they close an idle connection: at times beside the next request."""

    async def close_idle(stream: Stream, _request: Received) -> None:
        await stream.send_all(IDLE)

    async with (
        open_endpoint(OK, OK, close_idle, OK) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        route = make_route(url=endpoint.url())
        for number in range(3):
            outcome = await webhooks.deliver(make_delivery(number), route, attempt=1)
            assert outcome.verdict is Verdict.DELIVERED
        assert (endpoint.connections, len(endpoint.requests)) == (2, 4)
        last, again = (request.headers["webhook-id"] for request in endpoint.requests[2:])
        assert last == again


async def test_a_new_connection_that_is_answered_with_408_spends_the_attempt() -> None:
    async def close_idle(stream: Stream, _request: Received) -> None:
        await stream.send_all(IDLE)

    async with open_endpoint(close_idle, OK) as endpoint, open_webhooks(LOOPBACK) as webhooks:
        outcome = await webhooks.deliver(make_delivery(), make_route(url=endpoint.url()), attempt=1)
        assert (outcome.status, len(endpoint.requests)) == (408, 1)


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10_000),
        (b"HTTP/1.1 100 C\r\nX Y: 1\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n" * 4_000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 65_536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10_000),
    ],
)
async def test_a_flood_without_a_pause_holds_up_nobody(head: bytes, more: bytes) -> None:
    def flood() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(head)
                while True:
                    connection.sendall(more)
            except OSError:
                pass

    with listening() as listener:
        thread = threading.Thread(target=flood)
        thread.start()
        async with open_webhooks(LOOPBACK) as webhooks:
            route = make_route(url=url_of(listener), timeout_seconds=30)
            with trio.fail_after(10):
                outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
            assert outcome.duration_seconds < 1
            assert webhooks.connections == 0
        await trio.to_thread.run_sync(thread.join)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x15\x03\x03\0\x02\x02\x28", id="an alert"),
        pytest.param(b"\x15\x03\x03\0\x02\x01\0", id="a goodbye"),
        pytest.param(b"\x16\x03\x03\xff\xff" + b"x" * 100, id="a record that is too long"),
        pytest.param(OK, id="HTTP without encryption"),
        pytest.param(b"\0" * 1000, id="zeros"),
    ],
)
async def test_a_handshake_that_comes_to_nothing_is_retried_and_leaves_nothing(said: bytes) -> None:
    async def answer_hello(stream: trio.SocketStream, _is_over: trio.Event) -> None:
        await stream.receive_some()
        if said:
            await stream.send_all(said)

    outcome = await deliver_to(answer_hello, authority=TestAuthority())
    assert (outcome.verdict, outcome.status) == (Verdict.RETRY, None)
    assert "TLS handshake failed" in outcome.error
