"""Strangers who hold places, and clients that come and go or do not read."""

from __future__ import annotations

import itertools
from contextlib import suppress

import trio

from tests.support.neighbours.attack import Attack, often, publishing
from tests.support.neighbours.target import Target, message, topic
from tests.support.streams.bare_websocket import connect, upgrade

_IDLE = 1_000
_STREAMS = 10
_STREAM = "/api/v1/customer/telemetry/stream"
_BLOB = "x" * 60_000


async def _idle(target: Target) -> None:
    """Open a thousand connections and say nothing; what is ended is opened again."""

    async def one(number: int) -> None:
        await trio.sleep(number / 1_000)  # not all in one moment, or the backlog is what is tried
        while True:
            with suppress(OSError, trio.BrokenResourceError):
                async with await trio.open_tcp_stream("127.0.0.1", target.http_port) as stream:
                    await stream.receive_some()
            await trio.sleep(0.5)

    async with trio.open_nursery() as nursery:
        for number in range(_IDLE):
            nursery.start_soon(one, number)


async def _targets(target: Target) -> None:
    """What is no target, over connections that are kept for as long as they are."""
    bad = itertools.cycle((b"?x", b"http://[", b"//", b"/%", b"*", b"/\xff", b"x" * 9_000))

    async def one() -> None:
        async with await trio.open_tcp_stream("127.0.0.1", target.http_port) as stream:
            await stream.send_all(b"GET " + next(bad) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            await stream.receive_some()

    async def one_whatever_comes() -> None:
        with suppress(OSError, trio.BrokenResourceError):
            await one()

    await often(200, one_whatever_comes)


async def _blobs(target: Target) -> None:
    """Fill the ring, and what waits for ten clients that do not read."""

    async def follow() -> None:
        while True:
            with suppress(OSError, trio.BrokenResourceError):
                async with await connect(target.http_port, receive_buffer=4_096) as stream:
                    headers = {"Authorization": f"Bearer {target.token()}"}
                    await stream.send_all(upgrade(_STREAM, **headers))
                    await trio.sleep(30)
            await trio.sleep(1)

    payload = message(metrics={"a": 1}, blob=_BLOB)
    async with trio.open_nursery() as nursery:
        for _ in range(_STREAMS):
            nursery.start_soon(follow)
        await publishing(target, [(topic(), payload)], per_second=100)


async def _churn(target: Target) -> None:
    """Open streams of both kinds, and leave."""
    token = {"Authorization": f"Bearer {target.token()}"}
    requests = itertools.cycle((upgrade(_STREAM, **token), target.request(f"{_STREAM}/sse")))

    async def one() -> None:
        with suppress(OSError, trio.BrokenResourceError):
            async with await trio.open_tcp_stream("127.0.0.1", target.http_port) as stream:
                await stream.send_all(next(requests))
                await stream.receive_some()

    await often(100, one)


ATTACKS = (
    Attack("idle-connections", "1,000 connections that say nothing, renewed", _idle),
    Attack("bad-targets", "200 requests/s without a proper target", _targets, is_cheap=True),
    Attack("blobs", "60 KB fields of its own, 100/s, ten clients that do not read", _blobs),
    Attack("churn", "100 live streams a second, opened and left", _churn, is_cheap=True),
)
