"""No bytes of a broker make the codec panic: nothing is printed, and all errors are ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import mqtt5
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.mqtt.events import (
    Confirmed,
    Ended,
    EndedBy,
    Event,
    Opened,
    Subscribed,
    Unsubscribed,
)
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.session import Session
from pulse_router.mqtt.unreadable import UnreadablePublication
from tests.support.mqtt.session import CONNACK, options, publish, subscribed_session

Code = mqtt5.PubAckReasonCode
SAID: Final = "grüße"
SPOILED: Final = b"gr\xff\xfe\xfd\xfce"
PROPERTIES: Final = [("a", SAID), (SAID, "b")]
FROM_A_BROKER: Final[Mapping[str, mqtt5.Packet]] = {
    "CONNACK": mqtt5.ConnAckPacket(
        session_expiry_interval=9,
        assigned_client_id=SAID,
        server_keep_alive=30,
        authentication_method=SAID,
        authentication_data=b"\xff\xfe",
        response_info=SAID,
        server_reference=SAID,
        reason_str=SAID,
        receive_max=10,
        max_packet_size=9000,
        user_properties=PROPERTIES,
    ),
    "PUBLISH": mqtt5.PublishPacket(
        SAID,
        b"\xff\xfe{}",
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=0x80FF,
        payload_format_indicator=1,
        message_expiry_interval=9,
        content_type=SAID,
        response_topic=SAID,
        correlation_data=b"\xff\xfe",
        subscription_ids=[1, 300],
        user_properties=PROPERTIES,
    ),
    "PUBLISH, QoS 0": mqtt5.PublishPacket("t", b"\xff\xfe", user_properties=PROPERTIES),
    "PUBLISH without properties": mqtt5.PublishPacket(
        "a/1", b"{}", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=7
    ),
    "PUBACK": mqtt5.PubAckPacket(
        3, reason_code=Code.QUOTA_EXCEEDED, reason_str=SAID, user_properties=PROPERTIES
    ),
    "PUBREC": mqtt5.PubRecPacket(2, reason_str=SAID, user_properties=PROPERTIES),
    "PUBREL": mqtt5.PubRelPacket(3, reason_str=SAID, user_properties=PROPERTIES),
    "PUBCOMP": mqtt5.PubCompPacket(4, reason_str=SAID, user_properties=PROPERTIES),
    "SUBACK": mqtt5.SubAckPacket(
        1,
        [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE] * 2,
        reason_str=SAID,
        user_properties=PROPERTIES,
    ),
    "UNSUBACK": mqtt5.UnsubAckPacket(
        2, [mqtt5.UnsubAckReasonCode.SUCCESS], reason_str=SAID, user_properties=PROPERTIES
    ),
    "PINGRESP": mqtt5.PingRespPacket(),
    "DISCONNECT": mqtt5.DisconnectPacket(
        reason_code=mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN,
        server_reference=SAID,
        reason_str=SAID,
        user_properties=PROPERTIES,
    ),
    "AUTH": mqtt5.AuthPacket(
        authentication_method=SAID, reason_str=SAID, user_properties=PROPERTIES
    ),
    "CONNECT": mqtt5.ConnectPacket(SAID, username=SAID, user_properties=PROPERTIES),
    "SUBSCRIBE": mqtt5.SubscribePacket(9, [mqtt5.TopicFilter(SAID)]),
    "UNSUBSCRIBE": mqtt5.UnsubscribePacket(9, [SAID]),
    "PINGREQ": mqtt5.PingReqPacket(),
}
PACKETS: Final = {name: packet.write() for name, packet in FROM_A_BROKER.items()}


def spoil(packet: bytes) -> bytes:
    """Put in each of its texts bytes that are not UTF-8."""
    assert SAID.encode() in packet
    return packet.replace(SAID.encode(), SPOILED)


def open_session() -> Session:
    """A session that waits for the answers to SUBSCRIBE, UNSUBSCRIBE and a message."""
    session = subscribed_session()
    session.receive(CONNACK)
    session.publish(OutgoingMessage("a", b"", 1))
    return session


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A packet of some kind, with bytes that are changed, taken out or put in."""
    packet = bytearray(draw(st.sampled_from(list(PACKETS.values()))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(1, max(1, len(packet) - 1)))
        packet[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    if draw(st.booleans()) and 2 < len(packet) < 130:
        packet[1] = len(packet) - 2  # rightly framed
    return bytes(packet)


@given(stream=st.lists(mutated(), min_size=1, max_size=3).map(b"".join), is_open=st.booleans())
@settings(max_examples=3000)
def test_no_mutated_packet_makes_the_codec_panic(stream: bytes, is_open: bool) -> None:
    """A panic would leave an exception that nobody can catch, which fails a test."""
    session = open_session() if is_open else Session(options())
    received = session.receive(stream)
    for event in received.events:
        if isinstance(event, Ended):
            assert event is received.events[-1]


@given(packet=mutated(), at=st.integers(0, 400))
@settings(max_examples=1000)
def test_a_mutated_packet_is_heard_alike_however_it_is_cut(packet: bytes, at: int) -> None:
    whole = open_session().receive(packet + publish(5))
    session = open_session()
    stream = packet + publish(5)
    first, second = session.receive(stream[:at]), session.receive(stream[at:])
    assert [*first.publications, *second.publications] == whole.publications
    events, expected = first.events + second.events, whole.events
    assert [type(event) for event in events] == [type(event) for event in expected]


def test_nothing_is_printed_for_text_that_is_not_utf_8() -> None:
    """In a process of its own: the codec writes past Python's standard error."""
    streams = [spoil(packet) for packet in PACKETS.values() if SAID.encode() in packet]
    code = (
        "from tests.component.mqtt.test_text import open_session\n"
        f"for stream in {streams!r}:\n    open_session().receive(stream)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert (run.stdout, run.stderr) == (b"", b"")


MENDED: Final = "gr????e"


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("PUBACK", Confirmed(3, 151, MENDED)),
        ("SUBACK", Subscribed()),
        ("UNSUBACK", Unsubscribed()),
        ("DISCONNECT", Ended(EndedBy.SERVER, 139, MENDED)),
    ],
)
def test_what_a_broker_says_in_no_utf_8_costs_nothing_but_its_words(
    name: str, heard: Event
) -> None:
    assert open_session().receive(spoil(PACKETS[name])).events == [heard]


def test_a_connection_is_opened_whatever_words_it_comes_with() -> None:
    session = Session(options())
    (opened,) = session.receive(spoil(PACKETS["CONNACK"])).events
    assert isinstance(opened, Opened)
    assert opened.receive_maximum == 10


@pytest.mark.parametrize("name", ["PUBLISH", "PUBLISH, QoS 0"])
def test_a_message_of_a_device_is_not_mended_but_refused(name: str) -> None:
    (one,) = open_session().receive(spoil(PACKETS[name])).publications
    assert isinstance(one, UnreadablePublication)
    (one,) = open_session().receive(PACKETS[name]).publications
    assert isinstance(one, mqtt5.PublishPacket)
