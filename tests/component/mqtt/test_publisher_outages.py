"""Publishing in trouble: lines that are lost, brokers that are away, silent or slow."""

from __future__ import annotations

import mqtt5
import trio
import trio.testing
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.mqtt.publisher import CAREFUL_SECONDS, SILENCE_SECONDS
from tests.support.mqtt.peer import ScriptedBroker
from tests.support.mqtt.publishing import (
    TIMEOUT_SECONDS,
    both_sent,
    first_sent,
    puback,
    publishing,
    sent,
)

Disconnected = mqtt5.DisconnectReasonCode


async def test_a_lost_connection_ends_what_was_sent_and_the_next_one_takes_the_rest(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1, 2, 3)
        peer = await running.accept(receive_max=2)
        lost = {int(packet.topic[2:]) for packet in await both_sent(peer)}
        before = trio.current_time()
        with capture_logs() as logs:
            await peer.close()
            await running.settle()
        assert trio.current_time() == before
        assert running.ended.keys() == lost
        for number in lost:
            assert "is lost: the broker has closed it" in running.problem(number)
        [warned] = logs
        assert warned["event"] == "messages cannot be republished for now"
        with capture_logs() as logs:
            peer = await running.accept()
            await peer.send(puback((await sent(peer)).packet_id))
            await running.settle()
        [unsent] = {1, 2, 3} - lost
        assert running.code(unsent) == 0
        assert [line["event"] for line in logs] == ["messages can be republished again"]


async def test_while_the_broker_is_away_the_problem_is_told_and_the_connection_waited_for(
    autojump_clock: MockClock,
) -> None:
    broker = ScriptedBroker()
    broker.is_reachable = False
    async with publishing(broker) as running:
        running.publish(1)
        await trio.sleep(TIMEOUT_SECONDS + 1)
        assert running.problem(1) == (
            "cannot connect to the MQTT broker at broker.example:1883: connection refused"
        )
        running.publish(2)
        await trio.sleep(TIMEOUT_SECONDS / 2)
        broker.is_reachable = True
        peer = await running.accept()
        await peer.send(puback((await sent(peer)).packet_id))
        await running.settle()
        assert running.code(2) == 0


async def test_a_broker_that_does_not_let_us_in_is_told(autojump_clock: MockClock) -> None:
    async with publishing() as running:
        running.publish(1, seconds=0.05)
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        refusal = mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED)
        await peer.send(refusal.write())
        await trio.sleep(0.06)
        assert "refuses the connection: not authorized" in running.problem(1)


async def test_a_broker_that_confirms_nothing_is_left_and_tried_anew(
    autojump_clock: MockClock,
) -> None:
    assert TIMEOUT_SECONDS > SILENCE_SECONDS
    async with publishing() as running:
        peer, _ = await first_sent(running)
        await trio.sleep(TIMEOUT_SECONDS)
        await peer.expect_end()
        running.publish(2)
        peer = await running.accept()
        await peer.send(puback((await sent(peer)).packet_id))
        await running.settle()
        assert running.code(2) == 0


async def test_a_broker_that_is_slow_with_one_message_is_not_left(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        peer, _ = await first_sent(running)
        await trio.sleep(TIMEOUT_SECONDS - 1)
        running.publish(2)
        await peer.send(puback((await sent(peer)).packet_id))
        await trio.sleep(2)
        assert "has not confirmed it" in running.problem(1)
        running.publish(3)
        assert (await sent(peer)).topic == "t/3"


async def test_of_several_messages_the_one_that_costs_the_connection_is_found(
    autojump_clock: MockClock,
) -> None:
    farewell = mqtt5.DisconnectPacket(reason_code=Disconnected.NOT_AUTHORIZED).write()
    async with publishing() as running:
        running.publish(1, 2)
        peer = await running.accept()
        await sent(peer)
        await sent(peer)
        await peer.send(farewell)
        await running.settle()
        for number in (1, 2):
            assert "has disconnected us: not authorized" in running.problem(number)

        running.ended.clear()
        running.publish(1, 2)
        peer = await running.accept()
        while (packet := await sent(peer)).topic != "t/2":
            await peer.send(puback(packet.packet_id))
        await peer.send(farewell)
        await running.settle()
        assert running.code(2) == int(Disconnected.NOT_AUTHORIZED)
        peer = await running.accept()
        if 1 not in running.ended:
            await peer.send(puback((await sent(peer)).packet_id))
        await running.settle()
        assert running.code(1) == 0

        running.publish(3, 4)
        packet = await sent(peer)
        with trio.move_on_after(1) as scope:
            await peer.next()
        assert scope.cancelled_caught, "they go one by one for a while"
        await peer.send(puback(packet.packet_id))
        await peer.send(puback((await sent(peer)).packet_id))
        await trio.sleep(CAREFUL_SECONDS)
        await peer.close()
        await running.settle()

        running.publish(5, 6)
        await both_sent(await running.accept())


async def test_a_broker_that_takes_no_bytes_is_left_and_what_was_given_up_is_not_sent_later(
    autojump_clock: MockClock,
) -> None:
    """At QoS 0 as well: or each message that is given up would stay in memory, and go out late."""
    broker = ScriptedBroker(trio.testing.lockstep_stream_pair)
    async with publishing(broker) as running:
        running.publish(1, qos=0)
        frozen = await running.accept()  # it reads no more
        running.publish(2, qos=0)
        await trio.sleep(TIMEOUT_SECONDS + 0.1)
        assert "does not take messages any more" in running.problem(1)
        running.problem(2)
        running.publish(3, qos=0)
        peer = await running.accept()
        assert (await sent(peer)).topic == "t/3"
        await running.settle()
        assert running.code(3) == 0
        await frozen.close()
