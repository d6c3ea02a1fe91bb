"""A publisher on in-memory streams, and the broker at their other end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import mqtt5
import trio
import trio.testing

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable
from pulse_router.mqtt.publisher import Publisher
from tests.support.mqtt.peer import Peer, ScriptedBroker, make_options

Code = mqtt5.PubAckReasonCode
TIMEOUT_SECONDS = 10.0


def message(number: int = 1, *, qos: int = 1, retain: bool = False) -> OutgoingMessage:
    return OutgoingMessage(f"t/{number}", b"{}", qos, retain, (("pulse-hops", "1"),))


def puback(packet_id: int | None, code: Code = Code.SUCCESS, said: str | None = None) -> bytes:
    assert packet_id is not None
    return mqtt5.PubAckPacket(packet_id, reason_code=code, reason_str=said).write()


class Publishing:
    """A publisher that runs against a scripted broker, and how its messages have ended."""

    def __init__(self, broker: ScriptedBroker, nursery: trio.Nursery, **changes: Any) -> None:
        self.broker = broker
        self.publisher = Publisher(
            make_options(**changes).for_publishing("pub"),
            open_stream=broker.open_stream,
            jitter=lambda: 0.0,
        )
        self.ended: dict[int, Confirmed | Exception] = {}
        self._nursery = nursery

    def publish(self, *numbers: int, seconds: float = TIMEOUT_SECONDS, **options: Any) -> None:
        """Begin to publish messages."""
        for number in numbers:
            self._nursery.start_soon(partial(self._publish, number, seconds, **options))

    async def _publish(self, number: int, seconds: float, **options: Any) -> None:
        try:
            ended = await self.publisher.publish(
                message(number, **options), timeout_seconds=seconds
            )
        except (Unavailable, Unpublishable) as error:
            self.ended[number] = error
        else:
            self.ended[number] = ended

    async def accept(self, **limits: Any) -> Peer:
        """Shake hands; a subscription is not asked for."""
        peer = await self.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket(**limits).write())
        return peer

    async def settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()

    def code(self, number: int) -> int:
        ended = self.ended[number]
        assert isinstance(ended, Confirmed), ended
        return ended.code

    def problem(self, number: int, kind: type[Exception] = Unavailable) -> str:
        ended = self.ended[number]
        assert isinstance(ended, kind), ended
        return str(ended)


@asynccontextmanager
async def publishing(broker: ScriptedBroker | None = None) -> AsyncIterator[Publishing]:
    async with trio.open_nursery() as nursery:
        running = Publishing(broker or ScriptedBroker(), nursery)
        nursery.start_soon(running.publisher.run)
        yield running
        nursery.cancel_scope.cancel()


async def sent(peer: Peer) -> mqtt5.PublishPacket:
    return await peer.expect(mqtt5.PublishPacket)


async def first_sent(running: Publishing) -> tuple[Peer, mqtt5.PublishPacket]:
    """Publish message 1 on a connection of its own; gives the broker's end and the packet."""
    running.publish(1)
    peer = await running.accept()
    return peer, await sent(peer)


async def both_sent(peer: Peer) -> list[mqtt5.PublishPacket]:
    """The next two messages, by number: Trio may begin them in any order."""
    return sorted([await sent(peer), await sent(peer)], key=lambda packet: packet.topic)
