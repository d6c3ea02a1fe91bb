"""Exchanges that last too long are cut at their time, whatever they wait for, and no other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.webhook.answers import AnswerReader
from pulse_router.webhook.breaks import LineCut
from pulse_router.webhook.deadlines import Deadlines
from pulse_router.webhook.lines import Line

REQUEST: Final = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LARGE: Final = REQUEST + b"x" * 10_000_000
"""More than any line takes that nobody reads from."""


@contextmanager
def connected() -> Iterator[tuple[Line, socket.socket]]:
    client, server = socket.socketpair()
    with client, server:
        client.setblocking(False)
        yield Line(client), server


async def exchange(line: Line, deadlines: Deadlines, deadline: float, request: bytes) -> float:
    """Exchange until it is cut, and tell when."""
    deadlines.add(line, deadline)
    with pytest.raises(LineCut):
        await line.exchange(request, AnswerReader())
    deadlines.remove(line)
    assert not line.is_reusable
    return trio.current_time()


@pytest.mark.parametrize(
    ("request_bytes", "said"),
    [
        pytest.param(REQUEST, b"", id="an answer"),
        pytest.param(REQUEST, OK[:20], id="the rest of a head"),
        pytest.param(REQUEST, b"HTTP/1.1 100 Continue\r\n\r\n", id="a final answer"),
        pytest.param(LARGE, b"", id="that the request is taken"),
        pytest.param(LARGE, OK[:20], id="that it is taken, and the rest of a head"),
    ],
)
async def test_it_is_cut_at_its_time_whatever_it_waits_for(
    autojump_clock: MockClock, request_bytes: bytes, said: bytes
) -> None:
    deadlines = Deadlines()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deadlines.watch)
        with connected() as (line, server):
            if said:
                server.send(said)
            began_at = trio.current_time()
            cut_at = await exchange(line, deadlines, began_at + 3, request_bytes)
            assert cut_at == pytest.approx(began_at + 3)
        nursery.cancel_scope.cancel()


async def test_each_is_cut_at_its_own_time_in_whatever_order_they_begin(
    autojump_clock: MockClock,
) -> None:
    deadlines, cut_at = Deadlines(), dict[float, float]()

    async def be_cut(deadline: float) -> None:
        with connected() as (line, _):
            cut_at[deadline] = await exchange(line, deadlines, deadline, REQUEST)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(deadlines.watch)
        async with trio.open_nursery() as exchanges:
            for seconds in (5, 2, 9, 2, 1, 30):
                exchanges.start_soon(be_cut, trio.current_time() + seconds)
                await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    assert len(cut_at) == 6
    assert all(at == pytest.approx(deadline) for deadline, at in cut_at.items())


async def test_one_that_has_ended_is_left_alone(autojump_clock: MockClock) -> None:
    deadlines = Deadlines()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deadlines.watch)
        with connected() as (line, server):
            for _ in range(3):
                server.send(OK)
                deadlines.add(line, trio.current_time() + 1)
                await line.exchange(REQUEST, AnswerReader())
                deadlines.remove(line)
                await trio.sleep(2)
                assert line.is_fit(trio.current_time())
        nursery.cancel_scope.cancel()


async def test_one_that_is_cut_while_it_does_not_wait_waits_no_more() -> None:
    """An answer that has just begun to come is no reason to wait for the rest of it."""
    with trio.fail_after(10), connected() as (line, server):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(exchange, line, Deadlines(), trio.current_time() + 9, REQUEST)
            await wait_all_tasks_blocked()
            server.send(OK[:20])
            line.cut()


async def test_one_that_is_cut_while_ever_more_comes_reads_no_more() -> None:
    """However slow this machine is: what comes byte by byte is never waited for then."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
    client, server = socket.socketpair()
    with trio.fail_after(10), client, server:
        client.setblocking(False)
        server.send(interim)
        line = Line(client, memoryview(bytearray(1)))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(exchange, line, Deadlines(), trio.current_time() + 9, REQUEST)
            for _ in range(20):
                await trio.lowlevel.checkpoint()
            line.cut()
        assert len(client.recv(len(interim))) > len(interim) // 2
