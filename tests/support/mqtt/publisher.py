"""A device that publishes over MQTT 5 at QoS 1, and knows what the broker has acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import mqtt5
import trio

from tests.support.waiting import wait_until

MAX_IN_FLIGHT = 500


class Publisher:
    """Publishes, and waits for the broker's acknowledgements."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._slots = trio.Semaphore(MAX_IN_FLIGHT)
        self._next_id = 0
        self.acknowledged = 0

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        properties: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Send one message; waits only when too many are unacknowledged."""
        await self._slots.acquire()
        self._next_id = self._next_id % 60_000 + 1
        packet = mqtt5.PublishPacket(
            topic,
            payload,
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            packet_id=self._next_id,
            retain=retain,
            user_properties=list(properties),
        )
        await self._stream.send_all(packet.write())

    async def publish_at_most_once(self, topic: str, payload: bytes) -> None:
        """Send one message at QoS 0."""
        await self._stream.send_all(mqtt5.PublishPacket(topic, payload).write())

    async def publish_all(
        self, messages: Iterable[tuple[str, bytes]], *, per_second: float
    ) -> None:
        """Publish at a steady rate."""
        begin = trio.current_time()
        for number, (topic, payload) in enumerate(messages):
            await trio.sleep_until(begin + number / per_second)
            await self.publish(topic, payload)

    async def wait_for(self, count: int) -> None:
        """Wait until the broker has acknowledged that many."""
        await wait_until(lambda: self.acknowledged >= count)

    async def read(self) -> None:
        """Count acknowledgements.

        Raises:
            trio.BrokenResourceError: The connection has ended.
        """
        buffer = bytearray()
        async for chunk in self._stream:
            buffer += chunk
            at = 0
            while True:
                try:
                    packet, size = mqtt5.read(memoryview(bytes(buffer[at:])))
                except IndexError:
                    break
                at += size
                if isinstance(packet, mqtt5.PubAckPacket):
                    self.acknowledged += 1
                    self._slots.release()
            del buffer[:at]
        raise trio.BrokenResourceError("the broker has closed the connection")


@asynccontextmanager
async def open_publisher(port: int, *, client_id: str = "publisher") -> AsyncIterator[Publisher]:
    """Connect to a broker on this machine."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream, trio.open_nursery() as nursery:
        await stream.send_all(mqtt5.ConnectPacket(client_id, clean_start=True).write())
        await stream.receive_some(1024)
        publisher = Publisher(stream)
        nursery.start_soon(publisher.read)
        yield publisher
        nursery.cancel_scope.cancel()
