"""Redelivery is recognised by order, so that messages that merely look alike are kept.

The broker of these tests does what MQTT 5.0, sections 4.4 and 4.6, says: it sends in order, and
after a lost connection everything unacknowledged again, in that order, with the same packet ids.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.ingest.redelivery import RedeliveryWindow, digest

PACKET_IDS = 65_535
ALIKE = 7


@attrs.define
class Broker:
    """Sends numbered messages; knows which it has sent, and which are acknowledged."""

    body: int | None = ALIKE
    sent: int = 0
    acknowledged: int = 0

    def packet(self, number: int, *, duplicate: bool) -> tuple[int, int, bool]:
        message_digest = self.body if self.body is not None else number + 1
        return number % PACKET_IDS + 1, message_digest, duplicate

    def connect(self, upto: int) -> Iterator[tuple[int, tuple[int, int, bool]]]:
        """Send what is unacknowledged again, then new messages up to a number."""
        again = range(self.acknowledged, self.sent)
        new = range(self.sent, max(upto, self.sent))
        self.sent = max(upto, self.sent)
        for number in again:
            yield number, self.packet(number, duplicate=True)
        for number in new:
            yield number, self.packet(number, duplicate=False)


@attrs.define
class Reader:
    """Reads some of what is sent, and notes which messages it took for new."""

    window: RedeliveryWindow = attrs.field(factory=RedeliveryWindow)
    new: list[int] = attrs.field(factory=list)
    log: list[tuple[int, int]] = attrs.field(factory=list)

    def read(self, packets: list[tuple[int, tuple[int, int, bool]]], *, session: bool) -> None:
        self.window.begin_connection(new_session=session)
        for number, (packet_id, message_digest, duplicate) in packets:
            if not self.window.is_repeated(packet_id, message_digest, duplicate=duplicate):
                self.new.append(number)
                self.log.append((packet_id, message_digest))

    def crash(self) -> None:
        """Begin anew with what was stored."""
        self.window = RedeliveryWindow(self.log[-PACKET_IDS:])


rounds = st.lists(
    st.tuples(
        st.integers(0, 300),  # how many more the broker sends
        st.floats(0, 1),  # how much of what it sends is read
        st.floats(0, 1),  # how much of what is read is acknowledged to the broker
        st.booleans(),  # whether the reader crashes
    ),
    max_size=12,
)


def play(
    broker: Broker, reader: Reader, plan: list[tuple[int, float, float, bool]], most_read: int = 0
) -> int:
    """Connect again and again; returns how many messages were read in all."""
    for number, (more, read_share, acknowledged_share, crashes) in enumerate(plan):
        packets = list(broker.connect(broker.sent + more))
        taken = packets[: round(len(packets) * read_share)]
        reader.read(taken, session=number == 0 and broker.acknowledged == 0 and not reader.log)
        if taken:
            most_read = max(most_read, taken[-1][0] + 1)
            acknowledged = broker.acknowledged + round(len(taken) * acknowledged_share)
            broker.acknowledged = min(acknowledged, most_read)
        if crashes:
            reader.crash()
    return most_read


@given(rounds)
@pytest.mark.parametrize("body", [ALIKE, None], ids=["all alike", "all different"])
def test_each_message_is_taken_for_new_exactly_once(
    body: int | None, plan: list[tuple[int, float, float, bool]]
) -> None:
    broker, reader = Broker(body=body), Reader()
    most_read = play(broker, reader, plan)
    assert reader.new == list(range(most_read))


@given(st.integers(-600, 600), rounds)
@settings(max_examples=25, deadline=None)
def test_messages_that_look_alike_are_kept_when_packet_ids_come_round(
    offset: int, plan: list[tuple[int, float, float, bool]]
) -> None:
    broker, reader = Broker(), Reader()
    read = PACKET_IDS + offset
    reader.read(list(broker.connect(read)), session=True)
    broker.acknowledged = read
    most_read = play(broker, reader, plan, read)
    assert reader.new == list(range(most_read))


def test_after_a_new_session_nothing_is_taken_for_repeated() -> None:
    reader = Reader()
    packets = list(Broker().connect(10))
    reader.read(packets, session=True)
    repeated = [(n, (packet_id, body, True)) for n, (packet_id, body, _) in packets]
    reader.read(repeated, session=True)
    assert len(reader.new) == 20


def test_a_message_without_dup_is_new() -> None:
    reader = Reader()
    packets = list(Broker().connect(10))
    reader.read(packets, session=True)
    reader.read(packets, session=False)
    assert len(reader.new) == 20


def test_messages_that_expired_at_the_broker_are_passed_over() -> None:
    reader = Reader()
    packets = list(Broker().connect(10))
    reader.read(packets, session=True)
    repeated = [(n, (packet_id, body, True)) for n, (packet_id, body, _) in packets]
    reader.read(repeated[2:4] + repeated[7:], session=False)
    assert len(reader.new) == 10


@given(st.text(max_size=50), st.binary(max_size=100))
def test_a_digest_fits_a_bigint_and_is_never_zero(topic: str, payload: bytes) -> None:
    found = digest(topic, payload)
    assert -(2**63) <= found < 2**63
    assert found != 0
    assert found == digest(topic, payload)
