"""Publishing with confirmation: when a message is taken over, and what trouble does to it."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.session import Session
from tests.support.mqtt.peer import ScriptedBroker, make_options
from tests.support.mqtt.publishing import (
    TIMEOUT_SECONDS,
    Code,
    Publishing,
    both_sent,
    first_sent,
    message,
    puback,
    publishing,
    sent,
)

TAKEN = Confirmed(0, 0)


async def test_a_connection_is_made_when_it_is_wanted_and_leaves_no_session(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        await trio.sleep(60)
        assert running.broker.attempts == []
        running.publish(1)
        peer = await running.broker.connection()
        connect = await peer.expect(mqtt5.ConnectPacket)
        assert (connect.client_id, connect.clean_start) == ("router-1-pub", True)
        assert connect.session_expiry_interval == 0
        await peer.send(mqtt5.ConnAckPacket().write())
        await sent(peer)  # and no SUBSCRIBE before


async def test_a_message_is_taken_over_when_the_broker_says_so(autojump_clock: MockClock) -> None:
    async with publishing() as running:
        peer, packet = await first_sent(running)
        assert (packet.topic, packet.payload, packet.duplicate) == ("t/1", b"{}", False)
        assert packet.user_properties == [("pulse-hops", "1")]
        await trio.sleep(TIMEOUT_SECONDS - 1)
        assert running.ended == {}
        await peer.send(puback(packet.packet_id))
        await running.settle()
        assert running.code(1) == 0


@pytest.mark.parametrize(
    "code", [Code.NO_MATCHING_SUBSCRIBERS, Code.NOT_AUTHORIZED, Code.QUOTA_EXCEEDED]
)
async def test_the_brokers_answer_is_told_with_its_words(
    code: Code, autojump_clock: MockClock
) -> None:
    async with publishing() as running:
        peer, packet = await first_sent(running)
        await peer.send(puback(packet.packet_id, code, "because"))
        await running.settle()
        assert running.ended[1] == Confirmed(packet.packet_id or 0, int(code), "because")


async def test_a_code_that_mqtt_does_not_name_there_is_an_answer_too(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1, 2)
        peer = await running.accept()
        first, second = await both_sent(peer)
        assert first.packet_id is not None
        too_large = bytes([0x40, 3]) + first.packet_id.to_bytes(2, "big") + bytes([0x95])
        for byte in too_large + puback(second.packet_id):
            await peer.send(bytes([byte]))
        await running.settle()
        assert (running.code(1), running.code(2)) == (0x95, 0)


async def test_no_more_is_in_flight_than_the_broker_allows(autojump_clock: MockClock) -> None:
    async with publishing() as running:
        running.publish(1, 2, 3, 4)
        peer = await running.accept(receive_max=2)
        first, second = await sent(peer), await sent(peer)
        with trio.move_on_after(1) as scope:
            await peer.next()
        assert scope.cancelled_caught
        await peer.send(puback(second.packet_id))
        third = await sent(peer)
        assert third.packet_id not in {None, first.packet_id}
        await peer.send(puback(first.packet_id), puback(third.packet_id))
        await peer.send(puback((await sent(peer)).packet_id))
        await running.settle()
        assert sorted(running.ended) == [1, 2, 3, 4]


async def test_who_gives_up_leaves_the_packet_id_to_the_broker_until_it_answers(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1, seconds=1)
        peer = await running.accept(receive_max=2)
        abandoned = await sent(peer)
        await trio.sleep(2)
        assert running.problem(1) == (
            "the MQTT broker at broker.example:1883 has not confirmed it in 1 s"
        )
        running.publish(2, 3)
        second = await sent(peer)
        assert second.packet_id != abandoned.packet_id
        with trio.move_on_after(1) as scope:
            await peer.next()
        assert scope.cancelled_caught, "the abandoned one still holds its place"
        await peer.send(puback(abandoned.packet_id))
        third = await sent(peer)
        await peer.send(puback(second.packet_id), puback(third.packet_id))
        await running.settle()
        assert (running.code(2), running.code(3)) == (0, 0)


async def test_exactly_once_is_over_when_the_broker_has_completed_it(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1, 2, qos=2)
        peer = await running.accept()
        packet, refused = await both_sent(peer)
        assert packet.packet_id is not None
        assert refused.packet_id is not None
        await peer.send(mqtt5.PubRecPacket(packet.packet_id).write())
        assert (await peer.expect(mqtt5.PubRelPacket)).packet_id == packet.packet_id
        await running.settle()
        assert running.ended == {}
        await peer.send(mqtt5.PubCompPacket(packet.packet_id).write())
        denied = mqtt5.PubRecReasonCode.NOT_AUTHORIZED
        await peer.send(mqtt5.PubRecPacket(refused.packet_id, reason_code=denied).write())
        await running.settle()
        assert (running.code(1), running.code(2)) == (0, int(denied))


async def test_at_qos_0_a_message_is_over_when_it_is_sent(autojump_clock: MockClock) -> None:
    async with publishing() as running:
        running.publish(1, qos=0)
        peer = await running.accept(receive_max=1)
        assert (await sent(peer)).packet_id is None
        await running.settle()
        assert running.ended[1] == TAKEN
        running.publish(2, qos=0)
        await peer.close()
        await running.settle()
        assert 2 in running.ended


async def test_disconnect_says_farewell_and_whoever_comes_later_is_told(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        peer, _ = await first_sent(running)
        running.publisher.disconnect()
        farewell = await peer.expect(mqtt5.DisconnectPacket)
        assert int(farewell.reason_code) == 0
        await peer.close()
        running.publish(2)
        await running.settle()
        assert running.problem(1) == running.problem(2) == "the router is stopping"


async def test_a_publisher_that_nobody_wanted_ends_without_a_connection() -> None:
    broker = ScriptedBroker()
    async with trio.open_nursery() as nursery:
        running = Publishing(broker, nursery)
        nursery.start_soon(running.publisher.run)
        await trio.testing.wait_all_tasks_blocked()
        running.publisher.disconnect()
    assert broker.attempts == []


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 20))
def test_packet_ids_never_collide_with_those_in_flight(answered: list[int], at_once: int) -> None:
    session = Session(make_options())
    session.receive(mqtt5.ConnAckPacket().write())
    session._last_packet_id = 65_530  # they come round
    in_flight: list[int] = []
    for which in answered:
        while len(in_flight) < at_once:
            packet_id, _ = session.publish(message())
            assert 1 <= packet_id <= 65_535
            assert packet_id not in in_flight
            in_flight.append(packet_id)
        done = in_flight.pop(which % len(in_flight))
        [event] = session.receive(puback(done)).events
        assert event == Confirmed(done, 0)
