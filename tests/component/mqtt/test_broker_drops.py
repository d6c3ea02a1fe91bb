"""What the broker tells of what it drops: asked last, taken out of the messages, at no cost."""

from __future__ import annotations

import mqtt5
from trio.testing import MockClock

from pulse_router.mqtt.broker_drops import TOPIC
from tests.support.mqtt.peer import Peer, Running, publish, running_client

REFUSED = mqtt5.SubAckReasonCode.NOT_AUTHORIZED
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE


async def asked(running: Running) -> tuple[Peer, mqtt5.SubscribePacket]:
    peer = await running.broker.accept()
    question = await peer.expect(mqtt5.SubscribePacket)
    [wanted] = question.topic_filters
    assert (wanted.pattern, wanted.max_qos) == (TOPIC, mqtt5.QoS.AT_MOST_ONCE)
    return peer, question


def told(total: bytes) -> bytes:
    return mqtt5.PublishPacket(TOPIC, total, retain=True).write()


async def test_the_rise_is_counted_since_connecting_and_is_no_message(
    autojump_clock: MockClock,
) -> None:
    async with running_client(asks_for_drops=True) as running:
        peer, question = await asked(running)
        seen = [running.client.broker_dropped]
        await peer.send(mqtt5.SubAckPacket(question.packet_id, [GRANTED]).write())
        await peer.send(told(b"70") + publish(1) + told(b"71") + publish(2) + told(b"75"))
        arrival = await running.next_arrival()
        assert [one.packet_id for one in arrival.publications] == [1, 2]
        seen.append(running.client.broker_dropped)
        for total in (b"78", b"many", b"-1", b"9" * 400, b"3"):
            await peer.send(told(total))
            await running.settle()
            seen.append(running.client.broker_dropped)
        await peer.close()
        await running.settle()
        assert [*seen, running.client.broker_dropped] == [None, 5, 8, 8, 8, 8, 0, None]
        peer, question = await asked(running)
        await peer.send(mqtt5.SubAckPacket(question.packet_id, [GRANTED]).write() + told(b"100"))
        await running.settle()
        assert running.client.broker_dropped == 0


async def test_a_broker_that_refuses_it_is_as_good_as_any(autojump_clock: MockClock) -> None:
    async with running_client(asks_for_drops=True) as running:
        peer, question = await asked(running)
        await peer.send(mqtt5.SubAckPacket(question.packet_id, [REFUSED]).write() + publish(1))
        arrival = await running.next_arrival()
        assert [one.packet_id for one in arrival.publications] == [1]
        assert running.client.broker_dropped is None
        assert running.states == [None]


async def test_a_broker_that_cuts_whoever_asks_is_asked_twice(autojump_clock: MockClock) -> None:
    async with running_client(asks_for_drops=True) as running:
        for _ in range(2):
            peer, _ = await asked(running)
            await peer.close()
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.next_arrival()
        await peer.expect(mqtt5.PingReqPacket)  # and nothing before it
