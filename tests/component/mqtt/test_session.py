"""The session machine: what bytes mean, however they are cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import mqtt5
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse_router.mqtt.events import Ended, EndedBy, Opened, Subscribed, Unsubscribed
from pulse_router.mqtt.frames import CodecVerdict
from pulse_router.mqtt.session import PINGREQ, Session
from tests.support.mqtt.session import (
    CONNACK,
    GRANTED,
    hear,
    options,
    publish,
    suback,
    subscribed_session,
)

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


def test_a_bug_inside_is_not_taken_for_a_malformed_packet() -> None:
    def fail() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"), CodecVerdict():
        fail()
