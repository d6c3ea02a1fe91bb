"""Puts the broker's reason codes into sentences that name the remedy. Pure."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Final

import mqtt5

from pulse_router.mqtt.events import Ended, EndedBy
from pulse_router.mqtt.frames import MQTT_3_REFUSES_THE_VERSION, MalformedPacket, other_protocol
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.tls import describe_tls_error

_MAX_DETAIL: Final = 200
WRONG_PORT: Final = "check mqtt.port, mqtt.tls and mqtt.transport"

_Code: Final = mqtt5.ConnAckReasonCode
_REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    int(_Code.UNSUPPORTED_PROTOCOL_VERSION): (
        "it does not speak MQTT 5",
        "use a broker that does, such as mosquitto 1.6 or later",
    ),
    int(_Code.CLIENT_ID_NOT_VALID): (
        "the client id {client_id!r} is not valid",
        "set mqtt.client_id",
    ),
    int(_Code.BAD_USER_NAME_OR_PASSWORD): (
        "bad user name or password",
        "check mqtt.username and mqtt.password",
    ),
    int(_Code.NOT_AUTHORIZED): (
        "not authorized",
        "check mqtt.username and mqtt.password, and the broker's access list",
    ),
    int(_Code.SERVER_UNAVAILABLE): ("it is unavailable", "see its log"),
    int(_Code.SERVER_BUSY): ("it is busy", "it is asked again"),
    int(_Code.BANNED): ("this client is banned", "see the broker's configuration"),
    int(_Code.BAD_AUTHENTICATION_METHOD): (
        "it wants enhanced authentication",
        "allow a user name and password, or a client certificate",
    ),
    int(_Code.PACKET_TOO_LARGE): ("a packet was too large for it", "raise its largest packet size"),
    int(_Code.QUOTA_EXCEEDED): ("a quota is exceeded", "raise it at the broker"),
    int(_Code.USE_ANOTHER_SERVER): ("it wants another server to be used", "set mqtt.host"),
    int(_Code.SERVER_MOVED): ("it has moved", "set mqtt.host"),
    int(_Code.CONNECTION_RATE_EXCEEDED): (
        "too many connections in a short time",
        "it is asked again",
    ),
    int(mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN): ("it is shutting down", ""),
    int(mqtt5.DisconnectReasonCode.KEEP_ALIVE_TIMEOUT): (
        "it heard nothing from us for too long",
        "",
    ),
    int(mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER): (
        "another client has connected with the client id {client_id!r}",
        "give each router a mqtt.client_id of its own",
    ),
    int(mqtt5.DisconnectReasonCode.RECEIVE_MAX_EXCEEDED): ("too many messages unacknowledged", ""),
    int(mqtt5.DisconnectReasonCode.ADMINISTRATIVE_ACTION): ("an administrator did it", ""),
    int(mqtt5.SubAckReasonCode.TOPIC_FILTER_INVALID): (
        "the filter is not valid",
        "check mqtt.topics",
    ),
    int(mqtt5.SubAckReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED): (
        "it has no shared subscriptions",
        "remove mqtt.share_group",
    ),
    int(mqtt5.SubAckReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED): (
        "it has no wildcard subscriptions",
        "set mqtt.topics without wildcards",
    ),
}


def explain(ended: Ended, options: ClientOptions) -> str:
    """Say in a sentence why a session has ended, and what to do about it."""
    broker = f"the MQTT broker at {options.address}"
    if ended.by is EndedBy.NOT_A_BROKER:
        return f"{broker} is none: {ended.detail}"
    if ended.by is EndedBy.PROTOCOL_ERROR:
        return f"{broker} broke the protocol: {ended.detail}"
    what, remedy = _REFUSALS.get(ended.code, (f"reason code {ended.code}", ""))
    if ended.by is EndedBy.CONNECT_REFUSED:
        sentence = f"{broker} refuses the connection: "
    elif ended.by is EndedBy.SUBSCRIPTION_REFUSED:
        sentence = f"{broker} refuses the subscription to {ended.topic_filter!r}: "
    else:
        sentence = f"{broker} has disconnected us: "
    sentence += what.format(client_id=options.client_id)
    if ended.detail:
        sentence += f" ({_printable(ended.detail[:_MAX_DETAIL])})"
    return f"{sentence}; {remedy}" if remedy else sentence


def _printable(words: str) -> str:
    """Take out what would begin a line of its own in a log, or speak to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def describe_silence(error: BaseException) -> str:
    """Put an error into words that came before the broker had said anything, with the remedy."""
    words = describe_error(error)
    return words if "; " in words else f"{words} before it had answered; {WRONG_PORT}"


def describe_error(error: BaseException) -> str:
    """Put an error of the network into a few words; Trio hides the real one in the cause."""
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        words = [describe_error(one) for one in cause.exceptions]
        return ", ".join(dict.fromkeys(words))
    if cause is not None:
        return describe_error(cause)
    if isinstance(error, ssl.SSLError):
        return describe_tls_error(error)
    text = str(error)
    if isinstance(error, OSError):
        # Errors of name resolution have negative numbers, and words of their own.
        number = error.errno or 0
        text = os.strerror(number) if number > 0 else (error.strerror or text)
    return text[:1].lower() + text[1:]


def judge_first_words(data: bytes, error: MalformedPacket) -> tuple[EndedBy, int, str | None]:
    """Judge the first bytes that were read.

    Args:
        data: They.
        error: Why they cannot be read.

    Returns:
        What the connection has ended by, its reason code, and in words what was read.
    """
    if data.startswith(MQTT_3_REFUSES_THE_VERSION):
        code = mqtt5.ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION
        return EndedBy.CONNECT_REFUSED, int(code), None
    if (words := other_protocol(data)) is not None:
        return EndedBy.NOT_A_BROKER, int(error.reason_code), words
    return EndedBy.PROTOCOL_ERROR, int(error.reason_code), str(error)
