"""Publishing with confirmation: when a message is taken over, and what trouble does to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import mqtt5
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable
from pulse_router.mqtt.publisher import (
    AFTERMATH_SECONDS,
    CAREFUL_SECONDS,
    SILENCE_SECONDS,
    Publisher,
)
from pulse_router.mqtt.refusals import MAX_TOPICS, REMEMBERED_SECONDS, Refusals
from pulse_router.mqtt.session import Session
from tests.support.mqtt.peer import Peer, ScriptedBroker, make_options

Code = mqtt5.PubAckReasonCode
Disconnected = mqtt5.DisconnectReasonCode
TIMEOUT_SECONDS = 10.0
TAKEN = Confirmed(0, 0)


def message(number: int = 1, *, qos: int = 1, retain: bool = False) -> OutgoingMessage:
    return OutgoingMessage(f"t/{number}", b"{}", qos, retain, (("pulse-hops", "1"),))


def puback(packet_id: int | None, code: Code = Code.SUCCESS, said: str | None = None) -> bytes:
    assert packet_id is not None
    return mqtt5.PubAckPacket(packet_id, reason_code=code, reason_str=said).write()


class Publishing:
    """A publisher that runs against a scripted broker, and how its messages have ended."""

    def __init__(self, broker: ScriptedBroker, nursery: trio.Nursery, **changes: Any) -> None:
        self.broker = broker
        self.publisher = Publisher(
            make_options(**changes).for_publishing("pub"),
            open_stream=broker.open_stream,
            jitter=lambda: 0.0,
        )
        self.ended: dict[int, Confirmed | Exception] = {}
        self._nursery = nursery

    def publish(self, *numbers: int, seconds: float = TIMEOUT_SECONDS, **options: Any) -> None:
        """Begin to publish messages."""
        for number in numbers:
            self._nursery.start_soon(partial(self._publish, number, seconds, **options))

    async def _publish(self, number: int, seconds: float, **options: Any) -> None:
        try:
            ended = await self.publisher.publish(
                message(number, **options), timeout_seconds=seconds
            )
        except (Unavailable, Unpublishable) as error:
            self.ended[number] = error
        else:
            self.ended[number] = ended

    async def accept(self, **limits: Any) -> Peer:
        """Shake hands; a subscription is not asked for."""
        peer = await self.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket(**limits).write())
        return peer

    async def settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()

    def code(self, number: int) -> int:
        ended = self.ended[number]
        assert isinstance(ended, Confirmed), ended
        return ended.code

    def problem(self, number: int, kind: type[Exception] = Unavailable) -> str:
        ended = self.ended[number]
        assert isinstance(ended, kind), ended
        return str(ended)


@asynccontextmanager
async def publishing(broker: ScriptedBroker | None = None) -> AsyncIterator[Publishing]:
    async with trio.open_nursery() as nursery:
        running = Publishing(broker or ScriptedBroker(), nursery)
        nursery.start_soon(running.publisher.run)
        yield running
        nursery.cancel_scope.cancel()


async def sent(peer: Peer) -> mqtt5.PublishPacket:
    return await peer.expect(mqtt5.PublishPacket)


async def both_sent(peer: Peer) -> list[mqtt5.PublishPacket]:
    """The next two messages, by number: Trio may begin them in any order."""
    return sorted([await sent(peer), await sent(peer)], key=lambda packet: packet.topic)


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
        running.publish(1)
        peer = await running.accept()
        packet = await sent(peer)
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
        running.publish(1)
        peer = await running.accept()
        packet = await sent(peer)
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


async def test_a_broker_that_confirms_nothing_is_left_and_tried_anew(
    autojump_clock: MockClock,
) -> None:
    assert TIMEOUT_SECONDS > SILENCE_SECONDS
    async with publishing() as running:
        running.publish(1)
        peer = await running.accept()
        await sent(peer)
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
        running.publish(1)
        peer = await running.accept()
        await sent(peer)
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


async def test_disconnect_says_farewell_and_whoever_comes_later_is_told(
    autojump_clock: MockClock,
) -> None:
    async with publishing() as running:
        running.publish(1)
        peer = await running.accept()
        await sent(peer)
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
