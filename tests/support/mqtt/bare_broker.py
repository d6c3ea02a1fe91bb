"""An MQTT 5 broker with a habit, as a peer on the network; it does what a test tells it to.

It speaks as much as a router needs, and trusts what it is told: persistent sessions, QoS 1, pings.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import attrs
import mqtt5
import trio

from tests.support.mqtt.broker_session import BrokerSession, ClimbingIds, Letter, PacketIds

_LINGER_OFF = b"\x01\x00\x00\x00\x00\x00\x00\x00"
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
NEVER_THERE = mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED


@attrs.define(eq=False)
class _Line:
    """One connection; what is to be sent waits in a list, for messages are put in by anybody.

    Attributes:
        is_deaf: Whether what the client says waits unread.
    """

    stream: trio.SocketStream
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    is_deaf: bool = False
    hears: trio.Event = attrs.field(factory=trio.Event)
    pieces: list[bytes] = attrs.field(factory=list)
    news: trio.Event = attrs.field(factory=trio.Event)

    def put(self, data: bytes) -> None:
        self.pieces.append(data)
        self.news.set()

    async def write(self) -> None:
        with suppress(trio.BrokenResourceError):
            while True:
                if self.pieces:
                    data, self.pieces = b"".join(self.pieces), []
                    await self.stream.send_all(data)
                else:
                    self.news = trio.Event()
                    await self.news.wait()

    def cut(self) -> None:
        """Reset it: what the client has said and nobody has read is gone."""
        with suppress(OSError):  # the client may just have closed it
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
        self.scope.cancel()


@attrs.define(eq=False)
class BareBroker:
    """The broker.

    Attributes:
        make_ids: Makes the habit of a new session.
        sessions: By client id, those that are kept.
        taken: What clients have published.
        connects: How many connections each client has had.
    """

    make_ids: Callable[[], PacketIds] = ClimbingIds
    port: int = 0
    sessions: dict[str, BrokerSession] = attrs.field(factory=dict)
    taken: list[mqtt5.PublishPacket] = attrs.field(factory=list)
    connects: Counter[str] = attrs.field(factory=Counter)
    _lines: dict[str, _Line] = attrs.field(factory=dict)

    # ---- what a test tells it

    def publish(self, letter: Letter) -> None:
        """Have a message sent to all who have subscribed to anything."""
        for session in self.sessions.values():
            if session.filters:
                session.publish(letter)

    def is_connected(self, client_id: str) -> bool:
        """Whether the client is there."""
        return client_id in self._lines

    def turn_deaf(self, client_id: str) -> None:
        """Read nothing more that the client says, if it is there, until its line is cut."""
        if (line := self._lines.get(client_id)) is not None:
            line.is_deaf = True

    def cut(self, client_id: str) -> None:
        """Lose the line, with what was not read."""
        if (line := self._lines.get(client_id)) is not None:
            self._forget(client_id)
            line.cut()

    def lose_session(self, client_id: str) -> BrokerSession:
        """Lose the line and the session, packet ids included; gives what there was."""
        self.cut(client_id)
        return self.sessions.pop(client_id)

    # ---- the network

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until it is cancelled."""
        [listener] = await trio.open_tcp_listeners(self.port, host="127.0.0.1")
        self.port = listener.socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._talk, [listener])

    async def _talk(self, stream: trio.SocketStream) -> None:
        line = _Line(stream)
        client_id: list[str] = []
        with line.scope:
            async with stream, trio.open_nursery() as nursery:
                nursery.start_soon(line.write)
                with suppress(trio.BrokenResourceError):
                    await self._read(line, client_id)
                nursery.cancel_scope.cancel()
        for name in client_id:
            if self._lines.get(name) is line:
                self._forget(name)

    def _forget(self, client_id: str) -> None:
        del self._lines[client_id]
        self.sessions[client_id].send = None

    async def _read(self, line: _Line, client_id: list[str]) -> None:
        buffer = b""
        while True:
            data = await line.stream.receive_some()
            if line.is_deaf:
                await trio.sleep_forever()  # until it is cut
            if not data:
                return
            buffer += data
            with suppress(IndexError):
                while buffer:
                    packet, size = mqtt5.read(memoryview(buffer))
                    buffer = buffer[size:]
                    if isinstance(packet, mqtt5.ConnectPacket):
                        client_id.append(packet.client_id)
                        self._connect(packet, line)
                    elif isinstance(packet, mqtt5.DisconnectPacket):
                        return
                    else:
                        self._take(packet, line, self.sessions[client_id[0]])

    def _connect(self, packet: mqtt5.ConnectPacket, line: _Line) -> None:
        name = packet.client_id
        self.cut(name)  # another one takes over
        self.connects[name] += 1
        if packet.clean_start:
            self.sessions.pop(name, None)
        is_present = name in self.sessions
        session = self.sessions.setdefault(name, BrokerSession(self.make_ids()))
        self._lines[name] = line
        line.put(mqtt5.ConnAckPacket(session_present=is_present).write())
        session.begin(line.put, packet.receive_max)

    def _take(self, packet: mqtt5.Packet, line: _Line, session: BrokerSession) -> None:
        match packet:
            case mqtt5.SubscribePacket():
                session.filters += [one.pattern for one in packet.topic_filters]
                codes = [GRANTED] * len(packet.topic_filters)
                line.put(mqtt5.SubAckPacket(packet.packet_id, codes).write())
                session.go_on()
            case mqtt5.UnsubscribePacket():
                never = [NEVER_THERE] * len(packet.patterns)
                line.put(mqtt5.UnsubAckPacket(packet.packet_id, never).write())
            case mqtt5.PubAckPacket():
                session.acknowledge(packet.packet_id)
            case mqtt5.PublishPacket():
                self.taken.append(packet)
                if packet.packet_id is not None:
                    line.put(mqtt5.PubAckPacket(packet.packet_id).write())
            case mqtt5.PingReqPacket():
                line.put(mqtt5.PingRespPacket().write())
            case _:
                raise AssertionError(f"nobody has taught this broker {packet}")
