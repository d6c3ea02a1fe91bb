"""Requests that are sent with those of others: each whole and once, or not at all."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from pulse_router.webhook.answers import AnswerReader
from pulse_router.webhook.breaks import LineBroken, LineCut
from pulse_router.webhook.lines import Line
from pulse_router.webhook.outbox import AT_ONCE, LARGEST_BYTES, Outbox

REQUEST: Final = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SPEAKS_FIRST: Final[dict[str, Callable[[socket.socket], object]]] = {
    "closed": lambda server: server.close(),
    "half closed": lambda server: server.shutdown(socket.SHUT_WR),
    "a byte": lambda server: server.send(b"\n"),
    "another answer": lambda server: server.send(OK),
}


@contextmanager
def connected() -> Iterator[tuple[Line, socket.socket]]:
    client, server = socket.socketpair()
    with client, server:
        client.setblocking(False)
        server.setblocking(False)
        yield Line(client), server


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[None]:
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outbox.run)
            await wait_all_tasks_blocked()
            yield
            nursery.cancel_scope.cancel()


def received(server: socket.socket) -> bytes:
    try:
        return server.recv(1_000_000)
    except BlockingIOError:
        return b""


async def exchange(line: Line, outbox: Outbox, statuses: list[int]) -> None:
    reader = AnswerReader()
    await line.exchange(REQUEST, reader, outbox)
    assert line.is_reusable
    statuses.append(reader.answer.status)


@pytest.mark.parametrize("count", [1, 2, AT_ONCE, 2 * AT_ONCE + 3])
async def test_each_is_sent_once_and_gets_its_answer(count: int) -> None:
    outbox, statuses = Outbox(), list[int]()
    with trio.fail_after(10):
        lines = [socket.socketpair() for _ in range(count)]
        for client, _ in lines:
            client.setblocking(False)
        async with running(outbox), trio.open_nursery() as exchanges:
            for client, _ in lines:
                exchanges.start_soon(exchange, Line(client), outbox, statuses)
            await wait_all_tasks_blocked()
            for _, server in lines:
                server.setblocking(False)
                assert received(server) == REQUEST
                server.send(OK)
        for client, server in lines:
            assert received(server) == b""
            client.close()
            server.close()
    assert statuses == [200] * count


async def test_one_line_carries_many_one_after_the_other() -> None:
    outbox, statuses = Outbox(), list[int]()
    with connected() as (line, server):
        async with running(outbox):
            for _ in range(50):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(exchange, line, outbox, statuses)
                    await wait_all_tasks_blocked()
                    assert received(server) == REQUEST
                    server.send(OK)
    assert statuses == [200] * 50


@pytest.mark.parametrize("happens", SPEAKS_FIRST)
@pytest.mark.parametrize("is_early", [True, False], ids=["before it is put", "before it is sent"])
async def test_nothing_is_sent_where_the_other_side_spoke_or_left_first(
    happens: str, *, is_early: bool
) -> None:
    outbox = Outbox()
    with connected() as (line, server):
        heard = socket.socket(fileno=socket.dup(server.fileno()))
        with heard, trio.fail_after(10):
            heard.setblocking(False)
            async with trio.open_nursery() as nursery:

                async def be_refused() -> None:
                    with pytest.raises(LineBroken) as refused:
                        await line.exchange(REQUEST, AnswerReader(), outbox)
                    assert refused.value.is_untouched

                if happens == "closed":
                    heard.shutdown(socket.SHUT_WR)
                if is_early:
                    SPEAKS_FIRST[happens](server)
                nursery.start_soon(be_refused)
                if not is_early:
                    await trio.lowlevel.checkpoint()
                    SPEAKS_FIRST[happens](server)
                nursery.start_soon(outbox.run)
                await wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()
            assert received(heard) == b""
        assert not line.is_reusable


async def test_what_is_cancelled_before_it_is_sent_is_never_sent() -> None:
    outbox = Outbox()
    with connected() as (line, server):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.exchange, REQUEST, AnswerReader(), outbox)
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        async with running(outbox):
            await wait_all_tasks_blocked()
            assert received(server) == b""
        assert not line.is_reusable


async def test_what_is_cut_before_it_is_sent_is_never_sent() -> None:
    outbox = Outbox()
    with connected() as (line, server):
        async with trio.open_nursery() as nursery:

            async def be_cut() -> None:
                with pytest.raises(LineCut):
                    await line.exchange(REQUEST, AnswerReader(), outbox)

            nursery.start_soon(be_cut)
            await wait_all_tasks_blocked()
            line.cut()
        async with running(outbox):
            await wait_all_tasks_blocked()
            assert received(server) == b""


async def test_what_is_cut_after_it_was_sent_waits_no_more() -> None:
    outbox = Outbox()
    with connected() as (line, server):
        async with running(outbox), trio.open_nursery() as nursery:

            async def be_cut() -> None:
                with pytest.raises(LineCut):
                    await line.exchange(REQUEST, AnswerReader(), outbox)

            nursery.start_soon(be_cut)
            await wait_all_tasks_blocked()
            assert received(server) == REQUEST
            line.cut()


async def test_what_a_line_does_not_take_at_once_is_sent_to_its_end() -> None:
    outbox, reader = Outbox(), AnswerReader()
    request = b"POST / HTTP/1.1\r\n\r\n" + bytes(range(256)) * (LARGEST_BYTES // 256)
    client, server = socket.socketpair()
    with client, server:
        client.setblocking(False)
        server.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        async with running(outbox), trio.open_nursery() as nursery:
            line = Line(client)
            nursery.start_soon(line.exchange, request, reader, outbox)
            got = b""
            while len(got) < len(request):
                await trio.lowlevel.wait_readable(server)
                got += received(server)
            server.send(OK)
    assert got == request
    assert reader.answer.status == 200
    assert line.is_reusable
