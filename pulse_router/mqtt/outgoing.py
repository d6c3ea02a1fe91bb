"""Our own messages on one connection, from PUBLISH to the broker's last word on each.

A part of the session machine: no I/O. It must not know why something is published.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs
import mqtt5

from pulse_router.mqtt.events import Confirmed, Event, Opened
from pulse_router.mqtt.frames import FIRST_FAILURE, unexpected, violation

_FIRST_ANSWERS: Final[Mapping[int, type[mqtt5.Packet]]] = {
    1: mqtt5.PubAckPacket,
    2: mqtt5.PubRecPacket,
}


@attrs.frozen
class OutgoingMessage:
    """A message to publish."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    user_properties: Sequence[tuple[str, str]] = ()
    content_type: str | None = None


class Unpublishable(Exception):
    """The broker has said that it does not take such messages; trying again is futile."""


class Outgoing:
    """Writes messages, and knows which answer each one waits for.

    Attributes:
        limits: How the broker has accepted the connection; None until it has.
    """

    __slots__ = ("_awaited", "limits")

    def __init__(self) -> None:
        self.limits: Opened | None = None
        self._awaited: dict[int, type[mqtt5.Packet]] = {}

    @property
    def in_flight(self) -> Collection[int]:
        """The packet ids of the messages that the broker has not confirmed yet."""
        return self._awaited.keys()

    def write(self, message: OutgoingMessage, packet_id: int) -> bytes:
        """Write a PUBLISH; it is never marked as a duplicate: what is tried again is a new one.

        Args:
            message: What to publish.
            packet_id: An id that is not in flight; 0 at QoS 0.

        Raises:
            Unpublishable: The broker has said that it does not take such a message.
        """
        if self.limits is None:
            raise RuntimeError("nothing can be published before the connection is accepted")
        _check_limits(message, self.limits)
        data = mqtt5.PublishPacket(
            message.topic,
            message.payload,
            qos=mqtt5.QoS(message.qos),
            retain=message.retain,
            packet_id=packet_id or None,
            user_properties=list(message.user_properties),
            content_type=message.content_type,
        ).write()
        _check_size(len(data), self.limits)
        if packet_id:
            self._awaited[packet_id] = _FIRST_ANSWERS[message.qos]
        return data

    def take(
        self,
        packet: mqtt5.PubAckPacket | mqtt5.PubRecPacket | mqtt5.PubCompPacket,
        events: list[Event],
    ) -> bytes:
        """Take an answer; the last one of a message is an event.

        Returns:
            What to send in turn.

        Raises:
            MalformedPacket: No message waits for it.
        """
        packet_id, code = packet.packet_id, int(packet.reason_code)
        if self._awaited.get(packet_id) is not type(packet):
            raise unexpected(type(packet))
        if isinstance(packet, mqtt5.PubRecPacket) and code < FIRST_FAILURE:
            self._awaited[packet_id] = mqtt5.PubCompPacket
            return mqtt5.PubRelPacket(packet_id).write()
        del self._awaited[packet_id]
        events.append(Confirmed(packet_id, code, packet.reason_str or ""))
        return b""

    def refuse(self, packet_id: int, code: int) -> Confirmed:
        """Take a refusal that the codec could not read.

        Raises:
            MalformedPacket: No message waits for an answer under this id.
        """
        if self._awaited.pop(packet_id, None) is None:
            raise violation("a message is refused that was not sent")
        return Confirmed(packet_id, code)


def _check_limits(message: OutgoingMessage, limits: Opened) -> None:
    """Hold a message against what the broker takes: it would end the connection otherwise."""
    if message.qos > limits.max_qos:
        raise Unpublishable(
            f"the broker takes messages up to QoS {limits.max_qos} only; set the route's qos so"
        )
    if message.retain and not limits.retain_available:
        raise Unpublishable("the broker retains no messages; set the route's retain to false")


def _check_size(size: int, limits: Opened) -> None:
    if limits.max_packet_bytes is not None and size > limits.max_packet_bytes:
        raise Unpublishable(
            f"it makes a packet of {size} bytes, and the broker takes at most "
            f"{limits.max_packet_bytes}; raise its largest packet size"
        )
