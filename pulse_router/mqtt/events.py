"""What a session makes of the bytes it is given. Values only."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TypeAlias

import attrs

from pulse_router.mqtt.unreadable import Publication


@attrs.frozen
class Opened:
    """The broker accepted the connection.

    Attributes:
        session_present: Whether it still has the session of earlier connections.
        keep_alive_seconds: The longest silence of ours that both sides agree on.
        receive_maximum: How many of our QoS 1 messages it takes unacknowledged.
        max_packet_bytes: The largest packet it takes; None without a limit.
        max_qos: The highest QoS at which it takes messages.
        retain_available: Whether it takes messages that are to be retained.
        session_expiry_seconds: For how long it keeps the session without us.
    """

    session_present: bool
    keep_alive_seconds: int
    receive_maximum: int
    max_packet_bytes: int | None
    max_qos: int = 2
    retain_available: bool = True
    session_expiry_seconds: int | None = None


@attrs.frozen
class Subscribed:
    """The broker granted every filter of a SUBSCRIBE.

    Attributes:
        unprotected: The filters that it granted at QoS 0 only.
    """

    unprotected: Sequence[str] = ()


@attrs.frozen
class Unsubscribed:
    """The broker answered an UNSUBSCRIBE; filters that were not there are no matter.

    Attributes:
        kept: The filters that it does not give up.
    """

    kept: Sequence[str] = ()


@attrs.frozen
class Confirmed:
    """The broker has answered one of our messages; nothing more is said of it.

    Attributes:
        packet_id: Which one.
        code: The reason code; from 128 on it has refused it.
        detail: The broker's own words.
    """

    packet_id: int
    code: int
    detail: str = ""


@attrs.frozen
class AnsweredDrops:
    """The broker has answered whether it tells what it drops."""


@attrs.frozen
class ToldDrops:
    """The broker has told how many messages it has dropped since its start."""

    total: int


class EndedBy(enum.Enum):
    """What ended a session."""

    CONNECT_REFUSED = "connect refused"
    SUBSCRIPTION_REFUSED = "subscription refused"
    SERVER = "disconnected by the server"
    PROTOCOL_ERROR = "protocol error"
    NOT_A_BROKER = "no MQTT broker"


@attrs.frozen
class Ended:
    """Nothing more comes from this session.

    Attributes:
        by: What ended it.
        code: The broker's reason code; at a protocol error the one to tell the broker.
        detail: The broker's own words, or what was wrong.
        topic_filter: The refused filter, when a subscription was refused.
    """

    by: EndedBy
    code: int
    detail: str = ""
    topic_filter: str = ""


Event: TypeAlias = (
    Opened | Subscribed | Unsubscribed | Confirmed | AnsweredDrops | ToldDrops | Ended
)


class Received:
    """What one piece of the stream brought. Mutable while the session fills it.

    Attributes:
        publications: The messages, in order; a list a read, so that nothing is made per message.
        publish_bytes: How many bytes they took on the wire.
        events: What else happened, in order.
        reply: Bytes to send at once.
        pongs: How many of our PINGREQs were answered.
    """

    __slots__ = ("events", "pongs", "publications", "publish_bytes", "reply")

    def __init__(self) -> None:
        self.publications: list[Publication] = []
        self.publish_bytes = 0
        self.events: list[Event] = []
        self.reply = b""
        self.pongs = 0
