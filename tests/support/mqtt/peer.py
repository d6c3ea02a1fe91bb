"""A broker's end of in-memory streams, told by the test what to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import mqtt5
import trio
import trio.testing

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.arrivals import Arrival
from pulse_router.mqtt.client import Client
from pulse_router.mqtt.options import ClientOptions

P = TypeVar("P", bound=mqtt5.Packet)
Pair = Callable[[], tuple[trio.abc.Stream, trio.abc.Stream]]
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
PINGRESP = mqtt5.PingRespPacket().write()


def make_options(**changes: Any) -> ClientOptions:
    """Options of a client of the scripted broker."""
    values: dict[str, Any] = {
        "host": "broker.example",
        "port": 1883,
        "client_id": "router-1",
        "topics": ["tenant/+/device/+/+"],
        "keep_alive_seconds": 60,
        "ping_timeout_seconds": 10,
    }
    return ClientOptions(**{**values, **changes})


def publish(packet_id: int | None, payload: bytes = b"{}") -> bytes:
    """A PUBLISH at QoS 1, or at QoS 0 without a packet id."""
    qos = mqtt5.QoS.AT_MOST_ONCE if packet_id is None else mqtt5.QoS.AT_LEAST_ONCE
    return mqtt5.PublishPacket("t", payload, qos=qos, packet_id=packet_id).write()


class Peer:
    """The broker's end of one connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._buffer = b""

    async def send(self, *packets: bytes) -> None:
        await self.stream.send_all(b"".join(packets))

    async def next(self) -> mqtt5.Packet:
        """The next packet of the client.

        Raises:
            EOFError: It has closed the stream.
        """
        while True:
            with suppress(IndexError):
                packet, size = mqtt5.read(memoryview(self._buffer))
                self._buffer = self._buffer[size:]
                return packet
            data = await self.stream.receive_some()
            if not data:
                raise EOFError
            self._buffer += data

    async def expect(self, kind: type[P]) -> P:
        """The next packet of the client, which must be of this kind."""
        packet = await self.next()
        assert isinstance(packet, kind), packet
        return packet

    async def expect_acknowledgements(self, *packet_ids: int) -> None:
        """The next packets must be PUBACKs of these messages, in order; pings may stand between."""
        for packet_id in packet_ids:
            while isinstance(packet := await self.next(), mqtt5.PingReqPacket):
                pass
            assert isinstance(packet, mqtt5.PubAckPacket), packet
            assert packet.packet_id == packet_id

    async def expect_end(self) -> None:
        """The client must have closed the stream."""
        try:
            packet = await self.next()
        except (EOFError, trio.BrokenResourceError):
            return
        raise AssertionError(f"not the end, but {packet}")

    async def accept(self, *, session_present: bool = False, **grants: Any) -> None:
        """Shake hands; `grants` are what the CONNACK says besides."""
        await self.expect(mqtt5.ConnectPacket)
        await self.send(mqtt5.ConnAckPacket(session_present=session_present, **grants).write())
        subscribe = await self.expect(mqtt5.SubscribePacket)
        await self.send(mqtt5.SubAckPacket(subscribe.packet_id, [GRANTED]).write())

    async def close(self) -> None:
        await self.stream.aclose()


class ScriptedBroker:
    """Hands out connections, unless it is told to be unreachable.

    Attributes:
        attempts: When connections were tried, in Trio's time.
        is_reachable: Whether it refuses them.
        hangs: Whether it neither takes nor refuses them.
    """

    def __init__(self, pair: Pair = trio.testing.memory_stream_pair) -> None:
        self.attempts: list[float] = []
        self.is_reachable = True
        self.hangs = False
        self._pair = pair
        self._send, self._connections = trio.open_memory_channel[Peer](10)

    async def open_stream(self, _options: ClientOptions) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        self.attempts.append(trio.current_time())
        if self.hangs:
            await trio.sleep_forever()
        if not self.is_reachable:
            raise Unavailable("connection refused")
        ours, theirs = self._pair()
        self._send.send_nowait(Peer(theirs))
        return ours

    async def connection(self) -> Peer:
        """The next connection of the client."""
        return await self._connections.receive()

    async def accept(self, *, session_present: bool = False, **grants: Any) -> Peer:
        """The next connection of the client, with the handshake done."""
        peer = await self.connection()
        await peer.accept(session_present=session_present, **grants)
        await trio.testing.wait_all_tasks_blocked()
        return peer


class Running:
    """A client that runs against a scripted broker."""

    def __init__(
        self,
        broker: ScriptedBroker,
        options: ClientOptions,
        jitter: float = 1.0,
        capacity: int = 4,
    ) -> None:
        send, self.arrivals = trio.open_memory_channel[Arrival](capacity)
        self.broker = broker
        self.states: list[str | None] = []
        self.returned = trio.Event()
        self.client = Client(
            options,
            send,
            on_state=self.states.append,
            open_stream=broker.open_stream,
            jitter=lambda: jitter,
        )

    async def run(self) -> None:
        await self.client.run()
        self.returned.set()

    async def next_arrival(self) -> Arrival:
        return await self.arrivals.receive()

    async def take(self, *packet_ids: int | None) -> Arrival:
        """The next arrival, which must hold these messages."""
        arrival = await self.next_arrival()
        assert ids(arrival) == list(packet_ids)
        return arrival

    async def settle(self) -> None:
        """Let everybody do what can be done, and what follows within a moment (virtual time)."""
        await trio.sleep(0.005)
        await trio.testing.wait_all_tasks_blocked()


def ids(arrival: Arrival) -> Sequence[int | None]:
    """The packet ids of an arrival."""
    return [publication.packet_id for publication in arrival.publications]


@asynccontextmanager
async def running_client(
    broker: ScriptedBroker | None = None, *, capacity: int = 4, **changes: Any
) -> AsyncIterator[Running]:
    """Run a client for a block; it is cancelled at the end."""
    running = Running(broker or ScriptedBroker(), make_options(**changes), capacity=capacity)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.run)
        yield running
        nursery.cancel_scope.cancel()
