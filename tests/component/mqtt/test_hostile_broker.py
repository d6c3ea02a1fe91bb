"""No value that a broker says ends a task, or holds up messages for longer than its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import mqtt5
import pytest

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
from pulse_router.mqtt.problems import explain
from pulse_router.mqtt.session import Session
from tests.support.mqtt.peer import Peer, publish, running_client
from tests.support.mqtt.publishing import puback, publishing
from tests.support.mqtt.session import CONNACK, options

LONG: Final = "w" * 60_000
GRANTS: Final = {
    "keep alive 0": b"\x13\x00\x00",
    "keep alive 1": b"\x13\x00\x01",
    "receive maximum 0": b"\x21\x00\x00",
    "receive maximum 1": b"\x21\x00\x01",
    "maximum packet size 0": b"\x27\x00\x00\x00\x00",
    "maximum packet size 1": b"\x27\x00\x00\x00\x01",
    "maximum QoS 0": b"\x24\x00",
    "maximum QoS 3": b"\x24\x03",
    "session expiry 0": b"\x11\x00\x00\x00\x00",
    "session expiry without end": b"\x11\xff\xff\xff\xff",
    "topic alias maximum": b"\x22\xff\xff",
    "another client id": b"\x12\x00\x03abc",
    "an empty client id": b"\x12\x00\x00",
    "a server reference": b"\x1c\x00\x03abc",
    "no retained messages": b"\x25\x00",
    "no wildcards": b"\x28\x00",
    "a boolean of 2": b"\x2a\x02",
    "a reason string with a line": b"\x1f\x00\x05a\n\x1b[m",
    "no UTF-8": b"\x1f\x00\x02\xff\xfe",
    "a property twice": b"\x13\x00\x01\x13\x00\x01",
    "a property of another packet": b"\x0b\x01",
    "a property that nobody knows": b"\x7e\x01",
    "properties that do not end": b"\x1f\x00\xff",
}
CODES: Final = (0, 1, 2, 0x10, 0x11, 0x7F, 0x80, 0x82, 0x8E, 0x97, 0x9F, 0xA5, 0xFE, 0xFF)


def connack(properties: bytes, *, code: int = 0, flags: int = 0) -> bytes:
    """A CONNACK of raw properties."""
    body = bytes([flags, code, len(properties)]) + properties
    return bytes([0x20, len(body)]) + body


async def serve(peer: Peer, first: bytes) -> None:
    """Answer a CONNECT so, and a SUBSCRIBE, should one come."""
    await peer.expect(mqtt5.ConnectPacket)
    await peer.send(first)


async def packet_id_of(peer: Peer, topic: str) -> int | None:
    """Wait for a message, past pings and others."""
    while True:
        packet = await peer.next()
        if isinstance(packet, mqtt5.PublishPacket) and packet.topic == topic:
            return packet.packet_id


ANSWERS: Final = {
    **{name: connack(grant) for name, grant in GRANTS.items()},
    **{f"CONNACK {code:#x}": connack(b"", code=code) for code in CODES},
    "CONNACK with flags": connack(b"", flags=0xFF),
    "CONNACK twice": connack(b"") * 2,
    "SUBACK of nothing": connack(b"") + bytes([0x90, 4, 0, 9, 0, 1]),
    "a topic alias": connack(b"") + mqtt5.PublishPacket("t", b"", topic_alias=1).write(),
    "AUTH": mqtt5.AuthPacket(authentication_method="x").write(),
    "DISCONNECT": mqtt5.DisconnectPacket(server_reference="x", reason_str=LONG).write(),
    **{f"DISCONNECT {code:#x}": connack(b"") + bytes([0xE0, 1, code]) for code in CODES},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_the_client_outlives_any_answer_and_goes_on(
    autojump_clock: object, answer: bytes
) -> None:
    async with running_client() as running:
        peer = await running.broker.connection()
        await serve(peer, answer)
        await peer.close()
        again = await running.broker.accept()
        await again.send(publish(7))
        arrival = await running.take(7)
        arrival.acknowledge()
        await again.expect_acknowledgements(7)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_the_publisher_outlives_any_answer_and_goes_on(
    autojump_clock: object, answer: bytes
) -> None:
    async with publishing() as running:
        running.publish(1, seconds=1)
        peer = await running.broker.connection()
        await serve(peer, answer)
        await running.settle()
        await peer.close()
        await running.settle()
        running.publish(2, seconds=60)
        again = await running.accept()
        await again.send(puback(await packet_id_of(again, "t/2")))
        await running.settle()
        assert running.code(2) == 0


@pytest.mark.parametrize("code", CODES)
def test_an_answer_by_any_code_speaks_of_its_message_alone(code: int) -> None:
    session = Session(options())
    session.receive(CONNACK)
    for _ in range(2):
        session.publish(OutgoingMessage("a", b"", 1))
    answers = bytes([0x40, 3, 0, 1, code]) + bytes([0x40, 2, 0, 2])
    first, second = session.receive(answers).events
    assert isinstance(first, Confirmed)
    assert (first.packet_id, first.code >= 128) == (1, code >= 128)
    assert second == Confirmed(2, 0)


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_to_unsubscribe_by_any_code_ends_no_connection(code: int) -> None:
    """It would be asked again at each connect, and refused again."""
    session = Session(options())
    session.unsubscribe(["a", "b"])
    session.receive(CONNACK)
    answer = bytes([0xB0, 5, 0, 1, 0, code, 0])
    assert session.receive(answer).events == [Unsubscribed(("a",) if code >= 128 else ())]


@pytest.mark.parametrize("code", CODES)
def test_a_broker_that_says_farewell_by_any_code_is_heard(code: int) -> None:
    session = Session(options())
    session.receive(CONNACK)
    (ended,) = session.receive(bytes([0xE0, 1, code])).events
    assert isinstance(ended, Ended)
    assert ended.by is EndedBy.SERVER


def opened(event: Event) -> bool:
    return isinstance(event, Opened)


def refused(event: Event) -> bool:
    return isinstance(event, Ended) and event.by is EndedBy.CONNECT_REFUSED


@pytest.mark.parametrize(("code", "is_so"), [(0, opened), (1, refused), (0xFE, refused)])
def test_only_success_opens_a_connection(code: int, is_so: Callable[[Event], bool]) -> None:
    (event,) = Session(options()).receive(connack(b"", code=code)).events
    assert is_so(event)


def test_a_broker_s_words_are_shown_on_one_line_and_not_at_length() -> None:
    ended = Ended(EndedBy.SERVER, 139, f"a\n\x1b[mb{LONG}")
    sentence = explain(ended, options())
    assert "(a??[mb" in sentence
    assert sentence.isprintable()
    assert len(sentence) < 400


def test_what_is_refused_for_its_packet_id_is_asked_again_with_another() -> None:
    """mochi takes the ids of its own messages for ours: the same id was refused at each connect."""
    session = Session(options())
    session.subscribe(["a", "b"])
    session.unsubscribe(["c"])
    session.receive(CONNACK)
    refused = session.receive(
        bytes([0x90, 5, 0, 1, 0, 0x91, 0x91]) + bytes([0xB0, 4, 0, 2, 0, 0x91])
    )
    assert refused.events == []
    again, size = mqtt5.read(memoryview(refused.reply))
    assert isinstance(again, mqtt5.SubscribePacket)
    assert (again.packet_id, [one.pattern for one in again.topic_filters]) == (3, ["a", "b"])
    again, _ = mqtt5.read(memoryview(refused.reply)[size:])
    assert isinstance(again, mqtt5.UnsubscribePacket)
    assert (again.packet_id, again.patterns) == (4, ["c"])
    granted = session.receive(bytes([0x90, 5, 0, 3, 0, 1, 1]) + bytes([0xB0, 4, 0, 4, 0, 0]))
    assert granted.events == [Subscribed(), Unsubscribed()]
