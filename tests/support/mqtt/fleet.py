"""Devices that keep publishing numbered telemetry at QoS 1, whatever happens to the broker.

A message that the broker has not acknowledged is published again after a reconnect, as real devices
do; the router cannot know such a one from a new message, so it may be stored twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import msgspec
import trio

from tests.support.commands.router import DEVICE_TOKEN, World
from tests.support.mqtt.publisher import Publisher, open_publisher

RETRY_SECONDS = 0.2


@attrs.define
class Fleet:
    """Publishes numbers from 0 up, each until the broker has acknowledged it."""

    world: World
    devices: int = 10
    acknowledged: set[int] = attrs.field(factory=set)
    repeated: set[int] = attrs.field(factory=set)

    async def publish(self, numbers: range, *, per_second: float) -> None:
        """Publish every number; returns when the broker has acknowledged them all."""
        waiting = dict.fromkeys(numbers)
        while waiting:
            try:
                async with open_publisher(self.world.broker.port) as publisher:
                    await self._publish_some(publisher, waiting, per_second)
            except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                await trio.sleep(RETRY_SECONDS)

    async def _publish_some(
        self, publisher: Publisher, waiting: dict[int, None], per_second: float
    ) -> None:
        sent: list[int] = []

        def messages() -> Iterator[tuple[str, bytes]]:
            for number in list(waiting):
                sent.append(number)
                yield self.world.topic(number % self.devices), payload(number)

        try:
            await publisher.publish_all(messages(), per_second=per_second)
            await publisher.wait_for(len(sent))
        finally:
            # The broker acknowledges in order.
            done = sent[: publisher.acknowledged]
            self.acknowledged.update(done)
            for number in done:
                del waiting[number]
            self.repeated.update(sent[publisher.acknowledged :])


def payload(number: int) -> bytes:
    """The telemetry of a device that counts."""
    fields = {"provision_token": DEVICE_TOKEN, "metrics": {"temperature": 90, "number": number}}
    return msgspec.json.encode(fields)


def stored_numbers(world: World) -> dict[int, int]:
    """How often each number stands in the database."""
    rows = world.rows(
        "SELECT metrics->>'number', count(*) FROM telemetry WHERE metrics ? 'number' GROUP BY 1"
    )
    return {int(number): int(times) for number, times in rows}
