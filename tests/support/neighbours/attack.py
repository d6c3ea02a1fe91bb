"""What an attack is: what it needs to have been saved before, and what it then does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import attrs
import trio

from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.neighbours.target import Target


def _nothing(_target: Target) -> str:
    return ""


@attrs.frozen
class Attack:
    """One way to trouble a neighbour.

    Args:
        name: To choose it by.
        does: In a few words, what it does.
        run: Does it until it is cancelled, at a rate that leaves this machine time for others.
        prepare: SQL that comes before the router starts.
        is_cheap: The suite can afford it.
    """

    name: str
    does: str
    run: Callable[[Target], Awaitable[None]]
    prepare: Callable[[Target], str] = _nothing
    is_cheap: bool = False


async def often(per_second: float, act: Callable[[], Awaitable[object]]) -> None:
    """Act at a rate, one after the other; what is late is done at once, but not made up for."""
    due = trio.current_time()
    while True:
        await trio.sleep_until(due)
        await act()
        due = max(due + 1 / per_second, trio.current_time())


async def publishing(
    target: Target, messages: Iterable[tuple[str, bytes]], *, per_second: float
) -> None:
    """Publish these, over and over, at QoS 1."""
    waiting = list(messages)
    async with open_publisher(target.mqtt_port, client_id="loud") as publisher:

        async def publish_next() -> None:
            waiting.append(waiting.pop(0))
            await publisher.publish(*waiting[0])

        await often(per_second, publish_next)


async def flooding(publisher: Publisher, topic: str, payload: bytes, *, per_second: int) -> None:
    """Publish the same in bursts, a hundredth of a second each."""

    async def burst() -> None:
        for _ in range(per_second // 100):
            await publisher.publish(topic, payload)

    await often(100, burst)
