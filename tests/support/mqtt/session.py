"""A session of MQTT that is fed bytes, and what it makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mqtt5

from pulse_router.mqtt.events import Ended, Event
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.session import Session

QOS_1 = mqtt5.QoS.AT_LEAST_ONCE
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
CONNACK = mqtt5.ConnAckPacket().write()


def options(**changes: Any) -> ClientOptions:
    values: dict[str, Any] = {
        "host": "broker",
        "port": 1883,
        "client_id": "router",
        "topics": ["a/+", "b/#"],
        "max_packet_bytes": 1000,
    }
    return ClientOptions(**{**values, **changes})


def publish(packet_id: int | None, payload: bytes = b"{}", topic: str = "a/1") -> bytes:
    qos = mqtt5.QoS.AT_MOST_ONCE if packet_id is None else QOS_1
    return mqtt5.PublishPacket(topic, payload, qos=qos, packet_id=packet_id).write()


def suback(packet_id: int, *codes: mqtt5.SubAckReasonCode) -> bytes:
    return mqtt5.SubAckPacket(packet_id, list(codes)).write()


def subscribed_session() -> Session:
    """A session that waits for the answers to SUBSCRIBE (id 1) and UNSUBSCRIBE (id 2)."""
    session = Session(options())
    session.connect()
    session.subscribe(["a/+", "b/#"])
    session.unsubscribe(["c"])
    return session


Heard = tuple[list[tuple[str, bytes, int | None]], list[Event], bytes]


def hear(session: Session, pieces: Iterable[bytes]) -> Heard:
    messages: list[tuple[str, bytes, int | None]] = []
    events: list[Event] = []
    reply = b""
    for piece in pieces:
        received = session.receive(piece)
        messages += [(one.topic, one.payload, one.packet_id) for one in received.publications]
        events += received.events
        reply += received.reply
    return messages, events, reply


def end_of(stream: bytes, session: Session | None = None) -> Ended:
    _, events, _ = hear(session or subscribed_session(), [stream])
    assert isinstance(events[-1], Ended)
    return events[-1]
