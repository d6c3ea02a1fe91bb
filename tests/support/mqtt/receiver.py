"""The MQTT client against a real broker, and what it has brought."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from pulse_router.mqtt.arrivals import Arrival
from pulse_router.mqtt.client import Client
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.unreadable import Publication
from tests.support.mqtt.publisher import open_publisher
from tests.support.servers.mosquitto import TestBroker
from tests.support.waiting import wait_until

TOPIC = "tenant/T/device/D/telemetry"


@attrs.define(eq=False)
class Receiver:
    """A client and what it has brought."""

    client: Client
    arrivals: trio.MemoryReceiveChannel[Arrival]
    states: list[str | None] = attrs.field(factory=list)
    publications: list[Publication] = attrs.field(factory=list)
    unacknowledged: list[Arrival] = attrs.field(factory=list)
    acknowledges: bool = True

    async def receive(self) -> None:
        """Take arrivals until the channel is closed."""
        async for arrival in self.arrivals:
            self.publications += arrival.publications
            if self.acknowledges:
                arrival.acknowledge()
            else:
                self.unacknowledged.append(arrival)

    @property
    def payloads(self) -> list[bytes]:
        return [publication.payload for publication in self.publications]

    async def subscribed(self) -> None:
        await wait_until(lambda: bool(self.states) and self.states[-1] is None)

    async def troubled(self) -> str:
        await wait_until(lambda: bool(self.states) and self.states[-1] is not None)
        return str(self.states[-1])

    async def got(self, count: int) -> None:
        await wait_until(lambda: len(self.publications) >= count)


def options_for(broker: TestBroker, **changes: Any) -> ClientOptions:
    values: dict[str, Any] = {
        "host": broker.host,
        "port": broker.port,
        "client_id": "router",
        "topics": ["tenant/+/device/+/+"],
    }
    return ClientOptions(**{**values, **changes})


@asynccontextmanager
async def receiver_for(
    broker: TestBroker, *, acknowledges: bool = True, capacity: int = 4, **changes: Any
) -> AsyncIterator[Receiver]:
    """Run a client for a block; at its end it is cut off, not disconnected."""
    send, receive = trio.open_memory_channel[Arrival](capacity)
    states: list[str | None] = []
    client = Client(options_for(broker, **changes), send, on_state=states.append)
    receiver = Receiver(client, receive, states, acknowledges=acknowledges)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receiver.receive)
        await nursery.start(client.run)
        yield receiver
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def session_of(broker: TestBroker, **changes: Any) -> AsyncIterator[Receiver]:
    async with receiver_for(broker, **changes) as receiver:
        await receiver.subscribed()
        yield receiver


async def publish(broker: TestBroker, payloads: list[bytes]) -> None:
    """Publish at QoS 1, and wait until the broker has them."""
    async with open_publisher(broker.port) as publisher:
        for payload in payloads:
            await publisher.publish(TOPIC, payload)
        await publisher.wait_for(len(payloads))


def numbered(first: int, last: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, last)]


async def receiver_ends(receiver: Receiver) -> None:
    await wait_until(lambda: receiver.arrivals.statistics().open_send_channels == 0)
