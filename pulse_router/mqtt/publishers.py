"""The two connections that publish: one for what is confirmed, one for what is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.publisher import Publisher


@attrs.frozen
class Publishers:
    """Publishes what is confirmed and what is not over a connection each; see `open_publishers`.

    A broker may cut the line for a message that it refuses. At QoS 0 nobody can say which one that
    was, so that such messages must not share a line with those that are confirmed.
    """

    confirmed: Publisher
    unconfirmed: Publisher

    async def publish(self, message: OutgoingMessage, *, timeout_seconds: float) -> Confirmed:
        """Publish a message over the connection that is for its QoS; see `Publisher.publish`."""
        publisher = self.confirmed if message.qos else self.unconfirmed
        return await publisher.publish(message, timeout_seconds=timeout_seconds)


@asynccontextmanager
async def open_publishers(options: ClientOptions) -> AsyncIterator[Publishers]:
    """Open the publishers; on leaving, they say farewell to the broker.

    Args:
        options: The broker, as ingest knows it; each connection has a client id of its own.
    """
    confirmed = Publisher(options.for_publishing("pub"))
    unconfirmed = Publisher(options.for_publishing("pub0"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(confirmed.run)
        nursery.start_soon(unconfirmed.run)
        try:
            yield Publishers(confirmed, unconfirmed)
        finally:
            confirmed.disconnect()
            unconfirmed.disconnect()
