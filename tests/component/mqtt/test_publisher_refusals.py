"""What the broker has refused is not sent again for a while, and costs the others one try."""

from __future__ import annotations

from typing import Any

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable
from pulse_router.mqtt.publisher import AFTERMATH_SECONDS
from pulse_router.mqtt.refusals import MAX_TOPICS, REMEMBERED_SECONDS, Refusals
from tests.support.mqtt.publishing import Code, both_sent, message, puback, publishing, sent


@pytest.mark.parametrize(
    ("limits", "options", "words"),
    [
        ({"max_qos": mqtt5.QoS.AT_MOST_ONCE}, {}, "up to QoS 0 only; set the route's qos"),
        ({"max_qos": mqtt5.QoS.AT_LEAST_ONCE}, {"qos": 2}, "up to QoS 1 only"),
        ({"retain_available": False}, {"retain": True}, "retains no messages; set the route's"),
        ({"max_packet_size": 20}, {}, "a packet of 28 bytes, and the broker takes at most 20;"),
    ],
)
async def test_what_the_broker_has_said_it_does_not_take_is_not_sent(
    limits: dict[str, Any], options: dict[str, Any], words: str, autojump_clock: MockClock
) -> None:
    async with publishing() as running:
        running.publish(1, **options)
        peer = await running.accept(**limits, receive_max=1)
        await running.settle()
        assert words in running.problem(1, Unpublishable)
        running.publish(2, qos=0)
        if "max_packet_size" not in limits:
            assert (await sent(peer)).topic == "t/2"


async def test_a_refusal_that_costs_the_line_is_remembered_and_costs_the_others_one_try(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1, 2)
        peer = await running.accept()
        refused, _ = await both_sent(peer)
        await peer.send(puback(refused.packet_id, Code.NOT_AUTHORIZED))
        await running.settle()
        await peer.close()
        await running.settle()
        assert running.code(1) == int(Code.NOT_AUTHORIZED)
        assert "is lost" in running.problem(2)
        attempts = len(running.broker.attempts)

        running.publish(1, 3)  # the first one is refused without asking
        running.publish(2)
        peer = await running.accept()
        for _ in range(2):
            packet = await sent(peer)
            assert packet.topic != "t/1"
            await peer.send(puback(packet.packet_id))
        await running.settle()
        assert [running.code(number) for number in (1, 2, 3)] == [135, 0, 0]
        assert len(running.broker.attempts) == attempts + 1

        # Another topic that is forbidden: now nobody else is on the line, nor begins on it.
        running.publish(4, 5)
        packet = await sent(peer)
        await peer.send(puback(packet.packet_id, Code.NOT_AUTHORIZED))
        other = {"t/4": 5, "t/5": 4}[packet.topic]
        peer = await running.accept()
        packet = await sent(peer)
        assert packet.topic == f"t/{other}"
        await peer.send(puback(packet.packet_id))
        await running.settle()
        assert running.code(other) == 0

        await trio.sleep(REMEMBERED_SECONDS)
        running.publish(1)
        assert (await sent(peer)).topic == "t/1"


async def test_a_refusal_that_costs_nothing_is_asked_for_again(autojump_clock: MockClock) -> None:
    async with publishing() as running:
        running.publish(1)
        peer = await running.accept()
        await peer.send(puback((await sent(peer)).packet_id, Code.NOT_AUTHORIZED))
        await trio.sleep(AFTERMATH_SECONDS + 1)
        await peer.close()
        await running.settle()
        running.publish(1)
        assert (await sent(await running.accept())).topic == "t/1"


def test_what_was_too_large_is_too_large_for_every_topic_for_a_while() -> None:
    refusals = Refusals()
    answer = Confirmed(1, 0x95)
    refusals.add(OutgoingMessage("a", b"x" * 100, 1), answer, now=0.0)
    assert refusals.answer_to(OutgoingMessage("b", b"x" * 100, 1), now=1.0) == answer
    assert refusals.answer_to(OutgoingMessage("a", b"x" * 99, 1), now=1.0) is None
    later = OutgoingMessage("b", b"x" * 100, 1)
    assert refusals.answer_to(later, now=REMEMBERED_SECONDS) is None


def test_no_more_topics_are_remembered_than_there_is_room_for() -> None:
    refusals = Refusals()
    answer = Confirmed(1, 0x87)
    for number in range(MAX_TOPICS + 10):
        refusals.add(message(number), answer, now=0.0)
    assert refusals.answer_to(message(MAX_TOPICS + 5), now=1.0) is None
    assert refusals.answer_to(message(5), now=1.0) == answer
    refusals.add(message(-1), answer, now=REMEMBERED_SECONDS)
    assert refusals.answer_to(message(-1), now=REMEMBERED_SECONDS + 1) == answer
