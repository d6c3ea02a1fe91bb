"""Endpoints that take their time, and messages that match far too many routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from tests.support.mqtt.publisher import open_publisher
from tests.support.neighbours.attack import Attack, often, publishing
from tests.support.neighbours.target import Target, message, routes_sql, topic

SLOW_SECONDS = 0.3
_SLOW_ROUTES = 303
_BURST = 30
_BURST_SECONDS = 6.0
_HANGING_ROUTES = 1_000
_MANY_ROUTES = 5_000
_MESSAGE = message(metrics={"temperature": 21.5})


async def serve_endpoint(  # noqa: ASYNC128 - started by Trio's server
    port: int, *, task_status: trio.TaskStatus[object]
) -> None:
    """The attacker's own endpoint: `/slow` answers after a while, `/hang` never, the rest at once.

    Runs until it is cancelled.
    """
    await trio.serve_tcp(_answer, port, host="127.0.0.1", backlog=1_000, task_status=task_status)


async def _answer(stream: trio.SocketStream) -> None:
    try:
        while data := await stream.receive_some():
            if data.startswith(b"POST /hang"):
                await trio.sleep_forever()
            if data.startswith(b"POST /slow"):
                await trio.sleep(SLOW_SECONDS)
            await stream.send_all(b"HTTP/1.1 204 No Content\r\n\r\n")
    except trio.BrokenResourceError:
        pass


def _at(per_second: float) -> Callable[[Target], Awaitable[None]]:
    async def run(target: Target) -> None:
        await publishing(target, [(topic(), _MESSAGE)], per_second=per_second)

    return run


def _slow(target: Target) -> str:
    return routes_sql(_SLOW_ROUTES, target.endpoint("slow"))


def _hanging(target: Target) -> str:
    config = ', "timeout_seconds": 300'
    return routes_sql(_HANGING_ROUTES, target.endpoint("hang"), config=config)


def _many(target: Target) -> str:
    return routes_sql(_MANY_ROUTES, target.endpoint("plain"), topic_filter="#")


async def _burst(target: Target) -> None:
    """Publish many at once, so that one commit would have all of their deliveries."""
    async with open_publisher(target.mqtt_port, client_id="loud") as publisher:

        async def burst() -> None:
            for _ in range(_BURST):
                await publisher.publish(topic(), _MESSAGE)

        await often(1 / _BURST_SECONDS, burst)


ATTACKS = (
    Attack("slow-endpoint", "303 routes to an endpoint of 0.3 s, a message/s", _at(1), _slow),
    Attack("burst", "303 slow routes, 30 messages at once in 6 s", _burst, _slow),
    Attack("hanging-endpoint", "1,000 routes that hang for 300 s, a message/s", _at(1), _hanging),
    Attack("many-matches", "5,000 routes match each message, one in 2 s", _at(0.5), _many),
)
