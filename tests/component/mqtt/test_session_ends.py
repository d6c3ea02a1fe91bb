"""How a session ends: what a broker may not send or refuses, each with its reason."""

from __future__ import annotations

import mqtt5
import pytest

from pulse_router.mqtt.events import Ended, EndedBy
from pulse_router.mqtt.session import PINGREQ, Session
from tests.support.mqtt.session import (
    CONNACK,
    GRANTED,
    end_of,
    hear,
    options,
    publish,
    suback,
    subscribed_session,
)

PROTOCOL_ERROR = int(mqtt5.DisconnectReasonCode.PROTOCOL_ERROR)
MALFORMED = int(mqtt5.DisconnectReasonCode.MALFORMED_PACKET)


@pytest.mark.parametrize("seen", [3, 400, 1100])
def test_a_packet_above_the_announced_maximum_ends_the_session_as_soon_as_it_is_known(
    seen: int,
) -> None:
    ended = end_of(CONNACK + publish(1, bytes(1001))[:seen])
    assert ended.by is EndedBy.PROTOCOL_ERROR
    assert ended.code == int(mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE)


def test_a_packet_of_just_the_announced_maximum_is_taken() -> None:
    packet = publish(1, bytes(1000 - len(publish(1, b"x" * 200)) + 200))
    assert len(packet) == 1000
    session = Session(options())
    session.receive(CONNACK)
    assert len(session.receive(packet).publications) == 1


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        (mqtt5.AuthPacket().write(), PROTOCOL_ERROR),
        (CONNACK, PROTOCOL_ERROR),
        (PINGREQ, PROTOCOL_ERROR),
        (suback(99, GRANTED), PROTOCOL_ERROR),
        (suback(1, GRANTED), PROTOCOL_ERROR),
        (mqtt5.PublishPacket("a", b"", topic_alias=1).write(), 148),
        (b"\x30\x05\x00\x09\xff\xfe\x00", MALFORMED),
        (b"\x36\x05\x00\x01a\x00\x00", MALFORMED),
        (b"\x30\xff\xff\xff\xff", MALFORMED),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else str(value),
)
def test_what_a_broker_may_not_send_is_a_protocol_error(packet: bytes, code: int) -> None:
    ended = end_of(CONNACK + packet)
    assert (ended.by, ended.code) == (EndedBy.PROTOCOL_ERROR, code)


@pytest.mark.parametrize(
    "packet", [publish(1), mqtt5.PingRespPacket().write(), mqtt5.DisconnectPacket().write()]
)
def test_nothing_may_come_before_the_connack(packet: bytes) -> None:
    assert end_of(packet).by is EndedBy.PROTOCOL_ERROR


def test_messages_before_a_protocol_error_are_kept() -> None:
    messages, _, _ = hear(subscribed_session(), [CONNACK + publish(1) + publish(2) + PINGREQ])
    assert [packet_id for _, _, packet_id in messages] == [1, 2]


def test_a_refused_connect_carries_the_brokers_reason() -> None:
    refusal = mqtt5.ConnAckPacket(
        reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED, reason_str="no entry"
    )
    assert end_of(refusal.write()) == Ended(EndedBy.CONNECT_REFUSED, 135, "no entry")


def test_a_broker_that_answers_in_mqtt_3_is_an_unsupported_version() -> None:
    assert end_of(b"\x20\x02\x00\x01") == Ended(EndedBy.CONNECT_REFUSED, 132)


def test_a_refused_subscription_names_its_filter() -> None:
    refused = suback(1, GRANTED, mqtt5.SubAckReasonCode.NOT_AUTHORIZED)
    assert end_of(CONNACK + refused) == Ended(EndedBy.SUBSCRIPTION_REFUSED, 135, "", "b/#")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "it speaks TLS there; set mqtt.tls"),
        (b"HTTP/1.1 400 Bad Request\r\n" + bytes(100), "it speaks HTTP there; check mqtt.port"),
    ],
)
def test_what_is_no_broker_at_all_is_told_however_its_answer_is_cut(
    answer: bytes, words: str
) -> None:
    whole = hear(subscribed_session(), [answer])
    assert hear(subscribed_session(), [answer[i : i + 1] for i in range(len(answer))]) == whole
    (ended,) = whole[1]
    assert isinstance(ended, Ended)
    assert ended.by is EndedBy.NOT_A_BROKER
    assert ended.detail.startswith(words)
