"""A message that cannot be read is refused; it ends no connection and holds no other message."""

from __future__ import annotations

import attrs
import mqtt5
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulse_router.domain.messages import Reason
from pulse_router.mqtt.acknowledgements import write_acknowledgements
from pulse_router.mqtt.events import Ended, EndedBy
from pulse_router.mqtt.session import Session
from pulse_router.mqtt.unreadable import Publication, UnreadablePublication
from tests.support.ingest.fakes import TOPIC, DecoderWorld, FakeArrival, publication
from tests.support.mqtt.peer import make_options, publish

CONTENT_TYPE, RESPONSE_TOPIC, USER_PROPERTY = b"\x03", b"\x08", b"\x26"
BAD_TEXT = b"\x00\x02\xff\xfe"


def frame(body: bytes, *, qos: int = 1) -> bytes:
    """A PUBLISH of this body, rightly framed."""
    length, rest = bytearray(), len(body)
    while True:
        rest, low = rest >> 7, rest & 127
        length.append(low | (0x80 if rest else 0))
        if not rest:
            return bytes([0x30 | qos << 1]) + bytes(length) + body


def packet(
    topic: bytes = TOPIC.encode(),
    properties: bytes = b"",
    payload: bytes = b"{}",
    packet_id: int = 7,
) -> bytes:
    """A PUBLISH at QoS 1 of raw parts."""
    head = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big")
    return frame(head + bytes([len(properties)]) + properties + payload)


def open_session() -> Session:
    session = Session(make_options())
    session.receive(mqtt5.ConnAckPacket().write())
    return session


UNREADABLE = {
    "topic": packet(b"tenant/T\xff/device/D/x"),
    "topic of surrogates": packet(b"tenant/\xed\xa0\x80/device/D/x"),
    "content type": packet(properties=CONTENT_TYPE + BAD_TEXT),
    "response topic": packet(properties=RESPONSE_TOPIC + BAD_TEXT),
    "user property": packet(properties=USER_PROPERTY + BAD_TEXT + BAD_TEXT),
    "unknown property": packet(properties=b"\x7f\x01"),
    "property of another packet": packet(properties=b"\x11\x00\x00\x00\x01"),
    "properties that do not end": frame(b"\x00\x01t\x00\x07\x7f\x03"),
}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_publish_that_the_codec_cannot_read_is_handed_on_and_acknowledged(
    unreadable: bytes,
) -> None:
    for cut in range(len(unreadable)):
        session = open_session()
        first = session.receive(publish(1) + unreadable[:cut])
        second = session.receive(unreadable[cut:] + publish(2))
        publications = [*first.publications, *second.publications]
        assert [one.packet_id for one in publications] == [1, 7, 2]
        assert first.events + second.events == []
        acknowledgements = write_acknowledgements(publications)
        assert acknowledgements == b"@\x02\x00\x01@\x02\x00\x07@\x02\x00\x02"


def test_the_payload_is_kept_where_the_properties_end() -> None:
    (read,) = open_session().receive(packet(b"\xff", b"\x7f\x01", b"hello")).publications
    assert isinstance(read, UnreadablePublication)
    assert (read.topic, read.payload) == ("\N{REPLACEMENT CHARACTER}", b"hello")
    assert read.user_properties == []


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (frame(b"\x00\x01t\xff", qos=3), 129),  # no such QoS
        (frame(b"\x00\x09t\x00\x07\x00"), 129),  # the topic is longer than the packet
        (frame(b"\x00\x01t\x00"), 129),  # the packet id is cut off
        (mqtt5.PublishPacket("t", b"", topic_alias=1).write(), 148),
    ],
    ids=["QoS 3", "topic", "packet id", "topic alias"],
)
def test_what_no_device_can_make_a_broker_send_ends_the_connection(
    broken: bytes, code: int
) -> None:
    (ended,) = open_session().receive(broken).events
    assert isinstance(ended, Ended)
    assert (ended.by, ended.code) == (EndedBy.PROTOCOL_ERROR, code)


@pytest.mark.parametrize("one", [publish(0), packet(b"\xff", packet_id=0)])
def test_a_packet_id_of_0_is_taken_and_answered_in_kind(one: bytes) -> None:
    """MQTT 5 forbids it; a broker that has lost an id would send it first at every connect."""
    publications = open_session().receive(one + publish(1)).publications
    assert [read.packet_id for read in publications] == [0, 1]
    assert write_acknowledgements(publications) == b"@\x02\x00\x00@\x02\x00\x01"


async def test_messages_with_the_packet_id_0_are_never_taken_for_repeats() -> None:
    world = DecoderWorld()
    decoder = world.decoder()
    for _ in range(2):
        one = attrs.evolve(publication(), packet_id=0, duplicate=True)
        batch = await decoder.decode(FakeArrival([one]))
        assert len(batch.messages) == 1
        assert batch.packet_ids == []


@given(
    topic=st.binary(max_size=40),
    properties=st.binary(max_size=60),
    payload=st.binary(max_size=60),
    qos=st.integers(0, 2),
    packet_id=st.integers(1, 65_535),
)
def test_no_bytes_in_a_publish_end_the_session_or_hold_what_comes_later(
    topic: bytes, properties: bytes, payload: bytes, qos: int, packet_id: int
) -> None:
    """Any topic, and any bytes where properties and payload stand."""
    head = len(topic).to_bytes(2, "big") + topic
    body = head + (packet_id.to_bytes(2, "big") if qos else b"") + properties + payload
    received = open_session().receive(frame(body, qos=qos) + publish(5))
    aliases = [e for e in received.events if isinstance(e, Ended) and e.code == 148]
    assume(not aliases)  # the broker's own fault: it may give none
    assert received.events == []
    assert [one.packet_id for one in received.publications] == [packet_id if qos else None, 5]
    for one in received.publications:
        one.topic.encode()


async def refuse(one: Publication) -> tuple[list[Reason], list[str]]:
    world = DecoderWorld()
    batch = await world.decoder().decode(FakeArrival([one, publication()]))  # type: ignore[list-item]
    assert len(batch.messages) == 1
    return [row.reason for row in batch.rejections], [row.topic for row in batch.rejections]


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_is_refused_as_bad_topic_and_can_be_stored(
    unreadable: bytes,
) -> None:
    (one,) = open_session().receive(unreadable).publications
    reasons, (topic,) = await refuse(one)
    assert reasons == [Reason.BAD_TOPIC]
    assert "\0" not in topic
    topic.encode()


async def test_nul_in_an_unreadable_topic_is_replaced() -> None:
    (one,) = open_session().receive(packet(b"a\0\xff")).publications
    _, (topic,) = await refuse(one)
    assert topic == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


async def test_an_unreadable_message_registers_no_device() -> None:
    world = DecoderWorld()
    world.limits = type(world.limits)(auto_provision=True)
    world.devices.devices.clear()
    (one,) = (
        open_session()
        .receive(packet(properties=CONTENT_TYPE + BAD_TEXT, payload=publication().payload))
        .publications
    )
    batch = await world.decoder().decode(FakeArrival([one]))  # type: ignore[list-item]
    assert not world.devices.devices
    assert [row.reason for row in batch.rejections] == [Reason.BAD_TOPIC]
