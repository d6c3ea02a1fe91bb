"""Silence of the broker: kept alive, noticed in time, and not taken for our own slowness."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from tests.support.mqtt.peer import GRANTED, PINGRESP, publish, running_client


async def test_a_silent_connection_is_kept_alive(autojump_clock: MockClock) -> None:
    async with running_client(keep_alive_seconds=60) as running:
        peer = await running.broker.accept()
        for number in range(1, 6):
            await peer.expect(mqtt5.PingReqPacket)
            assert trio.current_time() == pytest.approx(45 * number, abs=0.1)
            await peer.send(PINGRESP)
        assert running.states == [None]


async def test_the_keep_alive_of_the_broker_counts(autojump_clock: MockClock) -> None:
    async with running_client(keep_alive_seconds=60) as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket(server_keep_alive=4).write())
        await peer.expect(mqtt5.SubscribePacket)
        await peer.expect(mqtt5.PingReqPacket)
        assert trio.current_time() == pytest.approx(3, abs=0.1)


async def test_a_broker_that_does_not_answer_pings_is_left(autojump_clock: MockClock) -> None:
    async with running_client(keep_alive_seconds=60, ping_timeout_seconds=10) as running:
        peer = await running.broker.accept()
        await peer.expect(mqtt5.PingReqPacket)
        await peer.expect_end()
        assert trio.current_time() == pytest.approx(70, abs=0.1)
        await running.broker.accept()
        assert "has stopped answering" in str(running.states[1])


async def test_a_broker_is_not_left_for_silence_while_we_are_not_reading(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=1, keep_alive_seconds=4) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        arrival = await running.take(1)
        for _ in range(100):
            await peer.expect(mqtt5.PingReqPacket)
            await peer.send(PINGRESP)
        assert trio.current_time() > 200
        await peer.send(publish(2))
        arrival.acknowledge()
        await running.take(2)
        await peer.expect_acknowledgements(1)
        assert running.states == [None]
        assert running.client.connects == 1


async def test_a_frozen_broker_is_left_though_the_consumer_stands_still(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=1, keep_alive_seconds=4) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.broker.accept()
        # Five seconds of patience, then the keep alive and the time to answer a ping.
        assert trio.current_time() == pytest.approx(19.2, abs=0.1)


async def test_a_frozen_broker_is_left_once_we_read_again(autojump_clock: MockClock) -> None:
    async with running_client(max_bytes_in_hand=1, keep_alive_seconds=4) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1), publish(2))
        arrival = await running.take(1, 2)
        await trio.sleep(1000)
        assert running.states == [None]
        arrival.acknowledge()
        resumed_at = trio.current_time()
        await running.broker.accept()
        assert trio.current_time() - resumed_at == pytest.approx(14.2, abs=0.1)


@pytest.mark.parametrize("answered", [0, 1], ids=["connect", "subscribe"])
async def test_a_handshake_that_is_not_answered_has_a_deadline(
    answered: int, autojump_clock: MockClock
) -> None:
    async with running_client(connect_timeout_seconds=5) as running:
        peer = await running.broker.connection()
        if answered:
            await peer.send(mqtt5.ConnAckPacket().write())
        await running.broker.connection()
        assert trio.current_time() == pytest.approx(5.2, abs=0.1)
        assert "has not answered the handshake" in str(running.states[0])


async def test_an_answer_that_is_seen_after_the_deadline_is_no_bug(mock_clock: MockClock) -> None:
    async with running_client(connect_timeout_seconds=5) as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(mqtt5.ConnAckPacket().write()[:2])
        mock_clock.jump(6)
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(1)
        await running.broker.connection()
        assert "has not answered the handshake" in str(running.states[0])


async def test_waiting_for_our_own_consumer_does_not_count_against_the_handshake(
    autojump_clock: MockClock,
) -> None:
    async with running_client(connect_timeout_seconds=5, receive_maximum=1) as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket().write(), publish(1))
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        # Of these, five were spent waiting for the consumer.
        await trio.sleep(8)
        await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [GRANTED]).write())
        (await running.take(1)).acknowledge()
        await running.settle()
        assert running.states == [None]


async def test_a_full_inbox_does_not_keep_the_next_handshake_from_ending(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=1) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        arrival = await running.take(1)
        running.states.clear()
        # The writer notices that the line is cut, though nobody reads.
        await peer.close()
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket(session_present=True).write())
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [GRANTED]).write())
        arrival.acknowledge()
        await running.settle()
        assert running.states[-1] is None
