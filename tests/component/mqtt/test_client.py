"""The client against a scripted broker: arrivals, acknowledgements, back-pressure, farewell."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from pulse_router.ingest import arrivals
from pulse_router.mqtt.arrivals import Arrival
from tests.support.mqtt.peer import PINGRESP, ids, publish, running_client


def as_ingest_sees_it(arrival: Arrival) -> arrivals.Arrival:
    return arrival


async def test_messages_arrive_as_one_list_a_read_and_are_acknowledged_in_order(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(7), publish(None), publish(3))
        await running.settle()
        await peer.send(publish(5))
        first = as_ingest_sees_it(await running.take(7, None, 3))
        second = as_ingest_sees_it(await running.take(5))
        first.acknowledge()
        second.acknowledge()
        await peer.expect_acknowledgements(7, 3, 5)


async def test_nothing_is_acknowledged_before_it_is_said(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.take(1)
        await running.settle()
        running.client.disconnect()
        await peer.expect(mqtt5.DisconnectPacket)


async def test_acknowledging_out_of_turn_or_twice_is_a_bug(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.settle()
        await peer.send(publish(2))
        first, second = await running.take(1), await running.take(2)
        with pytest.raises(RuntimeError, match="in the order of arrival"):
            second.acknowledge()
        first.acknowledge()
        with pytest.raises(RuntimeError, match="once"):
            first.acknowledge()


async def test_what_a_lost_connection_brought_is_not_acknowledged_on_the_next(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        old = await running.take(1)
        await peer.close()
        peer = await running.broker.accept(session_present=True)
        await peer.send(publish(1))
        new = await running.take(1)
        assert running.client.messages_in_hand == 2
        old.acknowledge()
        assert running.client.messages_in_hand == 1
        new.acknowledge()
        assert running.client.bytes_in_hand == 0
        await peer.expect_acknowledgements(1)
        await peer.expect(mqtt5.PingReqPacket)


async def test_a_new_session_is_told_by_its_first_arrival_only(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        told = []
        for session_present in (False, True, False):
            peer = await running.broker.accept(session_present=session_present)
            for packet_id in (1, 2):
                await peer.send(publish(packet_id))
                told.append((await running.take(packet_id)).new_session)
            await peer.close()
        assert told == [True, False, False, False, True, False]


async def test_a_new_session_without_a_message_is_told_by_the_next_arrival(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        await (await running.broker.accept(session_present=False)).close()
        peer = await running.broker.accept(session_present=True)
        await peer.send(publish(1))
        assert (await running.take(1)).new_session


async def test_messages_that_come_before_the_suback_arrive(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.connection()
        await peer.send(mqtt5.ConnAckPacket().write(), publish(1))
        assert (await running.take(1)).new_session


async def test_what_was_in_hand_when_the_line_broke_is_handed_over(
    autojump_clock: MockClock,
) -> None:
    async with running_client(capacity=0) as running:
        peer = await running.broker.accept()
        await peer.send(publish(None))
        await running.settle()
        # The connection ends while the message waits for the consumer.
        await peer.close()
        await running.broker.accept()
        arrival = await running.take(None)
        assert arrival.new_session
        arrival.acknowledge()


@pytest.mark.parametrize(("bound", "value"), [("max_bytes_in_hand", 3000), ("receive_maximum", 3)])
async def test_reading_pauses_while_too_much_is_in_hand(
    bound: str, value: int, autojump_clock: MockClock
) -> None:
    async with running_client(None, **{bound: value}) as running:
        peer = await running.broker.accept()
        for packet_id in range(1, 11):
            await peer.send(publish(packet_id, bytes(1000)))
            await running.settle()
        client = running.client
        assert (client.messages, client.messages_in_hand) == (3, 3)
        (await running.next_arrival()).acknowledge()
        await running.settle()
        assert client.messages > 3
        arrived = 1
        while arrived < 10:
            arrival = await running.next_arrival()
            arrived += len(arrival.publications)
            arrival.acknowledge()
        assert (client.messages_in_hand, client.bytes_in_hand) == (0, 0)
        await peer.expect_acknowledgements(*range(1, 11))


async def test_reading_pauses_while_the_consumer_does_not_take(autojump_clock: MockClock) -> None:
    async with running_client(capacity=1) as running:
        peer = await running.broker.accept()
        for packet_id in range(1, 6):
            await peer.send(publish(packet_id))
            await running.settle()
        assert running.client.messages == 2


async def test_stop_reading_hands_over_what_was_read_and_goes_on_acknowledging(
    autojump_clock: MockClock,
) -> None:
    async with running_client(capacity=0) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.settle()
        running.client.stop_reading()
        await peer.send(publish(2))
        arrival = await running.take(1)
        with pytest.raises(trio.EndOfChannel):
            await running.next_arrival()
        await peer.expect(mqtt5.PingReqPacket)
        arrival.acknowledge()
        await peer.expect_acknowledgements(1)
        assert not running.returned.is_set()
        assert running.states == [None]


async def test_an_idle_reader_stops_at_once(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        await running.broker.accept()
        running.client.stop_reading()
        running.client.stop_reading()
        with pytest.raises(trio.EndOfChannel):
            await running.next_arrival()


async def test_a_full_inbox_does_not_keep_the_reader_from_stopping(
    autojump_clock: MockClock,
) -> None:
    async with running_client(receive_maximum=1) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.settle()
        running.client.stop_reading()
        arrival = await running.take(1)
        with pytest.raises(trio.EndOfChannel):
            await running.next_arrival()
        arrival.acknowledge()
        await peer.expect_acknowledgements(1)


async def test_counters_count(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        first, second = publish(1), publish(None, b"xyz")
        await peer.send(first, second, PINGRESP)
        arrival = await running.next_arrival()
        client = running.client
        assert ids(arrival) == [1, None]
        assert (client.connects, client.messages) == (1, 2)
        assert client.bytes == client.bytes_in_hand == len(first) + len(second)
