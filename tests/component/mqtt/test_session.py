"""The session machine: what bytes mean, however they are cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import mqtt5
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse_router.mqtt.events import Ended, EndedBy, Event, Opened, Subscribed, Unsubscribed
from pulse_router.mqtt.frames import CodecVerdict
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.session import PINGREQ, Session

# On invalid UTF-8 the codec panics, and reports the cause as an unraisable exception besides.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

QOS_1 = mqtt5.QoS.AT_LEAST_ONCE
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
CONNACK = mqtt5.ConnAckPacket().write()
PROTOCOL_ERROR = int(mqtt5.DisconnectReasonCode.PROTOCOL_ERROR)
MALFORMED = int(mqtt5.DisconnectReasonCode.MALFORMED_PACKET)


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


STREAM = b"".join(
    [
        mqtt5.ConnAckPacket(session_present=True, server_keep_alive=7).write(),
        publish(1),
        suback(1, GRANTED, GRANTED),
        mqtt5.PingRespPacket().write(),
        publish(None, b"x" * 300),
        mqtt5.PubRelPacket(9).write(),
        mqtt5.UnsubAckPacket(2, [mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED]).write(),
        publish(2, b"y" * 900),
        mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN).write(),
        publish(3),
    ]
)
TAIL_OF_EVERY_KIND = [
    b"",
    publish(3)[:4],
    publish(0),
    b"\x30\x05\x00\x02\xff\xfe\x00",
    b"\x30\xff\xff\xff\xff\x01",
    b"\x30\xff\x7f" + bytes(100),
    b"\x00\x01\x00",
    mqtt5.PublishPacket("a", b"", topic_alias=3).write(),
    mqtt5.AuthPacket().write(),
    CONNACK,
]


def test_a_stream_is_heard_in_order() -> None:
    messages, events, reply = hear(subscribed_session(), [STREAM])
    assert messages == [("a/1", b"{}", 1), ("a/1", b"x" * 300, None), ("a/1", b"y" * 900, 2)]
    assert events == [
        Opened(
            session_present=True,
            keep_alive_seconds=7,
            receive_maximum=65_535,
            max_packet_bytes=None,
        ),
        Subscribed(),
        Unsubscribed(),
        Ended(EndedBy.SERVER, 139),
    ]
    assert reply == mqtt5.PubCompPacket(9).write()


def test_every_cut_in_two_is_heard_alike() -> None:
    whole = hear(subscribed_session(), [STREAM])
    for at in range(len(STREAM) + 1):
        assert hear(subscribed_session(), [STREAM[:at], STREAM[at:]]) == whole


@pytest.mark.parametrize("tail", TAIL_OF_EVERY_KIND, ids=lambda tail: tail[:8].hex() or "none")
def test_byte_by_byte_is_heard_alike_whatever_comes_last(tail: bytes) -> None:
    stream = STREAM[: STREAM.index(b"\xe0")] + tail
    whole = hear(subscribed_session(), [stream])
    assert hear(subscribed_session(), [stream[i : i + 1] for i in range(len(stream))]) == whole


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(edge % (len(data) + 1) for edge in at), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


packets = st.sampled_from(
    [
        CONNACK,
        publish(1),
        publish(None, b"x" * 200),
        publish(0),
        suback(1, GRANTED, GRANTED),
        suback(1, GRANTED),
        mqtt5.UnsubAckPacket(2, [mqtt5.UnsubAckReasonCode.SUCCESS]).write(),
        mqtt5.UnsubAckPacket(2, []).write(),
        b"\x15\x03\x03\x00\x02\x02\x46",
        b"HTTP/1.1 ",
        mqtt5.PubRelPacket(4).write(),
        mqtt5.DisconnectPacket().write(),
        PINGREQ,
        mqtt5.PingRespPacket().write(),
        b"\x20\x02\x00\x01",
        publish(5, b"z" * 2000),
    ]
)
streams = st.one_of(
    st.lists(packets, max_size=6).map(b"".join),
    st.lists(packets, max_size=4).map(lambda some: CONNACK + b"".join(some)),
)


@given(stream=streams, noise=st.binary(max_size=40), edges=st.lists(st.integers(0, 5000)))
@example(suback(1, GRANTED) + b"\x15\x03\x03\x00\x02\x02\x46", b"", [7])
def test_any_stream_cut_anywhere_is_heard_alike(
    stream: bytes, noise: bytes, edges: list[int]
) -> None:
    data = stream + noise
    assert hear(subscribed_session(), cut(data, edges)) == hear(subscribed_session(), [data])


@given(pieces=st.lists(st.binary(max_size=60), max_size=5), is_open=st.booleans())
@example(pieces=[b"\x30\x05\x00\x02\xff\xfe\x00"], is_open=True)
@example(pieces=[b"\xf0\x00"], is_open=False)
def test_arbitrary_bytes_never_raise_and_an_end_is_final(
    pieces: list[bytes], is_open: bool
) -> None:
    session = subscribed_session()
    if is_open:
        session.receive(CONNACK)
    _, events, _ = hear(session, pieces)
    ends = [index for index, event in enumerate(events) if isinstance(event, Ended)]
    assert ends in ([], [len(events) - 1])
    if ends:
        after = session.receive(publish(1))
        assert not after.publications
        assert not after.events


@given(
    victim=st.sampled_from([publish(7, b"payload"), suback(1, GRANTED, GRANTED), CONNACK]),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=3),
)
def test_spoilt_packets_never_raise(victim: bytes, changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(victim)
    for index, value in changes:
        spoilt[index % len(spoilt)] = value
    session = subscribed_session()
    session.receive(CONNACK)
    session.receive(bytes(spoilt))


def test_a_large_packet_in_small_pieces_is_looked_at_once() -> None:
    session = Session(options(max_packet_bytes=2_000_000))
    session.receive(CONNACK)
    large = publish(1, bytes(1_000_000))
    *most, last = (large[i : i + 100] for i in range(0, len(large), 100))
    reads = 0
    original = CodecVerdict.__enter__

    class Counting(CodecVerdict):
        def __enter__(self) -> None:
            nonlocal reads
            reads += 1
            original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulse_router.mqtt.session.CodecVerdict", Counting)
        for piece in most:
            assert not session.receive(piece).publications
        (publication,) = session.receive(last).publications
    assert len(publication.payload) == 1_000_000
    assert reads == 2


def end_of(stream: bytes, session: Session | None = None) -> Ended:
    _, events, _ = hear(session or subscribed_session(), [stream])
    assert isinstance(events[-1], Ended)
    return events[-1]


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
        (publish(0), PROTOCOL_ERROR),
        (mqtt5.PublishPacket("a", b"", topic_alias=1).write(), 148),
        (b"\x30\x05\x00\x02\xff\xfe\x00", MALFORMED),
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


def test_what_is_granted_at_qos_0_only_is_named() -> None:
    at_most_once = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE
    _, events, _ = hear(subscribed_session(), [CONNACK + suback(1, GRANTED, at_most_once)])
    assert events[-1] == Subscribed(("b/#",))


def test_what_a_broker_does_not_give_up_is_named() -> None:
    refusal = mqtt5.UnsubAckReasonCode.NOT_AUTHORIZED
    unsuback = mqtt5.UnsubAckPacket(2, [refusal]).write()
    _, events, _ = hear(subscribed_session(), [CONNACK + unsuback])
    assert events[-1] == Unsubscribed(("c",))
    too_many = mqtt5.UnsubAckPacket(2, [refusal, refusal]).write()
    assert end_of(CONNACK + too_many).by is EndedBy.PROTOCOL_ERROR


@pytest.mark.parametrize(("asked", "agreed"), [(None, 30), (0, 30), (5, 5), (300, 30)])
def test_the_shorter_keep_alive_is_agreed_on(asked: int | None, agreed: int) -> None:
    connack = mqtt5.ConnAckPacket(server_keep_alive=asked).write()
    (opened,) = Session(options()).receive(connack).events
    assert isinstance(opened, Opened)
    assert opened.keep_alive_seconds == agreed


def read(data: bytes) -> mqtt5.Packet:
    packet, size = mqtt5.read(memoryview(data))
    assert size == len(data)
    return packet


def test_connect_asks_for_the_old_session_and_announces_our_bounds() -> None:
    asked = options(username="u", password="p", receive_maximum=77, session_expiry_seconds=99)
    connect = read(Session(asked).connect())
    assert isinstance(connect, mqtt5.ConnectPacket)
    assert not connect.clean_start
    assert (connect.client_id, connect.username, connect.password) == ("router", "u", b"p")
    assert (connect.receive_max, connect.max_packet_size) == (77, 1000)
    assert (connect.session_expiry_interval, connect.keep_alive) == (99, 30)


def test_subscriptions_are_at_qos_1_and_spare_us_our_own_and_known_retained_messages() -> None:
    subscribe = read(Session(options()).subscribe(["a/+", "$share/g/a/+"]))
    assert isinstance(subscribe, mqtt5.SubscribePacket)
    plain, shared = subscribe.topic_filters
    assert (plain.no_local, shared.no_local) == (True, False)
    for one in (plain, shared):
        assert one.max_qos == QOS_1
        assert one.retain_handling == mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS
        assert not one.retain_as_published


def test_a_shared_subscription_replaces_the_plain_one() -> None:
    shared = options(share_group="edge", former_topics=["old/#", "a/+"])
    assert shared.subscriptions == ["$share/edge/a/+", "$share/edge/b/#"]
    assert shared.stale_subscriptions == ["old/#", "a/+", "b/#"]
    assert options(former_topics=["a/+", "old/#"]).stale_subscriptions == ["old/#"]


def test_the_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(options(password="hunter2"))


def test_a_bug_inside_is_not_taken_for_a_malformed_packet() -> None:
    def fail() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"), CodecVerdict():
        fail()
