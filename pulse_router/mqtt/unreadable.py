"""Reads by hand a PUBLISH that the codec cannot read, as far as it takes to refuse its message.

What is wrong in it a device has sent, and the broker has passed on: text that is no UTF-8, or a
property that may not stand there. To end the connection for it would help nobody, for the broker
would send it first on the next one. Knows no protocol state.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs
import mqtt5

from pulse_router.domain.messages import Unreadable
from pulse_router.mqtt.frames import MalformedPacket, frame_size, read_length

_PUBLISH: Final = 3
_RETAIN: Final = 0x01
_DUP: Final = 0x08
_QOS: Final = {
    0: mqtt5.QoS.AT_MOST_ONCE,
    1: mqtt5.QoS.AT_LEAST_ONCE,
    2: mqtt5.QoS.EXACTLY_ONCE,
}


@attrs.frozen(kw_only=True)
class UnreadablePublication(Unreadable):
    """What could be read of a PUBLISH, with its QoS, which its acknowledgement depends on."""

    qos: mqtt5.QoS


Publication: TypeAlias = mqtt5.PublishPacket | UnreadablePublication


def read_unreadable(head: memoryview, error: BaseException) -> tuple[Publication, int] | None:
    """Read a PUBLISH that the codec has failed at.

    Args:
        head: The buffer from the packet's first byte on.
        error: What the codec raised.

    Returns:
        The message and the packet's size; None when it is another packet, or incomplete.

    Raises:
        MalformedPacket: It cannot even be acknowledged: its QoS is none, its topic or its packet
            identifier is cut off. No device can make a broker send that.
    """
    size = frame_size(head) if head[0] >> 4 == _PUBLISH else None
    if size is None or len(head) < size:
        return None
    flags = head[0]
    _, at = read_length(head, 1)
    qos = _QOS.get(flags >> 1 & 3)
    topic_end = at + 2 + int.from_bytes(head[at : at + 2], "big")
    body = topic_end if qos is mqtt5.QoS.AT_MOST_ONCE else topic_end + 2
    if qos is None or size < at + 2 or size < body:
        raise MalformedPacket(
            mqtt5.DisconnectReasonCode.MALFORMED_PACKET, f"a PUBLISH is malformed ({error})"
        ) from error
    packet_id = int.from_bytes(head[topic_end:body], "big") if body > topic_end else None
    topic = bytes(head[at + 2 : topic_end])
    publication = UnreadablePublication(
        topic=topic.decode(errors="replace"),
        payload=_read_payload(head[:size], body),
        packet_id=packet_id,
        duplicate=bool(flags & _DUP),
        retain=bool(flags & _RETAIN),
        problem=_describe(topic),
        qos=qos,
    )
    return publication, size


def _read_payload(packet: memoryview, at: int) -> bytes:
    """Take what follows the properties, or all of it where they do not end."""
    try:
        length, payload = read_length(packet, at)
    except (MalformedPacket, IndexError):
        return bytes(packet[at:])
    return bytes(packet[at if payload + length > len(packet) else payload + length :])


def _describe(topic: bytes) -> str:
    try:
        topic.decode()
    except UnicodeDecodeError:
        return "the topic is not UTF-8"
    return (
        "a property of the PUBLISH breaks the rules of MQTT 5: text that is not UTF-8, or the like"
    )
