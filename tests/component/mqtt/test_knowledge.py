"""What the broker is known to know: it answers a ping that was sent after an acknowledgement."""

from __future__ import annotations

import mqtt5
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.sessions import EarlierSession
from pulse_router.mqtt.losses import Absence
from tests.support.mqtt.peer import PINGRESP, Peer, Running, ScriptedBroker, publish, running_client


async def asked_at_once(running: Running, peer: Peer) -> None:
    """The first message of a connection, of which the broker is asked without delay."""
    await peer.send(publish(9))
    at = trio.current_time()
    (await running.take(9)).acknowledge()
    await peer.expect_acknowledgements(9)
    await peer.expect(mqtt5.PingReqPacket)
    assert trio.current_time() == at
    await peer.send(PINGRESP)
    await running.settle()


async def test_after_the_first_acknowledgements_of_a_connection_the_broker_is_asked_at_once(
    autojump_clock: MockClock,
) -> None:
    """In doubt is what it may not know, and its habit shows only after it is known to know."""
    async with running_client() as running:
        await asked_at_once(running, await running.broker.accept())


async def test_after_acknowledgements_the_broker_is_asked_once_whether_it_has_read_them(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await asked_at_once(running, peer)
        for packet_id in (1, 2):
            await peer.send(publish(packet_id))
            (await running.take(packet_id)).acknowledge()
            await running.settle()
        await peer.expect_acknowledgements(1, 2)
        at = trio.current_time()
        await peer.expect(mqtt5.PingReqPacket)
        assert trio.current_time() - at < 0.1
        with trio.move_on_after(20):
            await peer.next()
            raise AssertionError("it is asked again without a reason")


async def test_what_is_read_after_the_answer_knows_of_it_and_what_came_with_it_does_not(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        first = await running.take(1)
        first.acknowledge()
        await peer.expect_acknowledgements(1)
        await peer.expect(mqtt5.PingReqPacket)
        await peer.send(publish(2))
        assert (await running.take(2)).known == 0
        await peer.send(PINGRESP, publish(3))
        assert (await running.take(3)).known == 0
        await peer.send(publish(4))
        assert (await running.take(4)).known == first.number


async def test_an_answer_to_an_earlier_ping_says_nothing_of_what_was_acknowledged_since(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        first = await running.take(1)
        first.acknowledge()
        await peer.expect_acknowledgements(1)
        await peer.expect(mqtt5.PingReqPacket)
        await peer.send(publish(2))
        second = await running.take(2)
        second.acknowledge()
        await peer.expect_acknowledgements(2)
        await peer.send(PINGRESP)
        await running.settle()
        await peer.send(publish(3))
        assert (await running.take(3)).known == first.number
        await peer.expect(mqtt5.PingReqPacket)
        await peer.send(PINGRESP)
        await running.settle()
        await peer.send(publish(4))
        assert (await running.take(4)).known == second.number


async def test_a_new_connection_tells_what_the_last_one_knew_and_what_was_on_its_way(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        arrivals = []
        for packet_id in (1, 2, 3):
            await peer.send(publish(packet_id))
            arrivals.append(await running.take(packet_id))
        arrivals[0].acknowledge()
        await peer.expect_acknowledgements(1)
        await peer.expect(mqtt5.PingReqPacket)
        await peer.send(PINGRESP)
        await running.settle()
        arrivals[1].acknowledge()
        await peer.expect_acknowledgements(2)
        await peer.close()
        peer = await running.broker.accept(session_present=True)
        arrivals[2].acknowledge()  # too late: its connection is gone
        await peer.send(publish(4))
        arrival = await running.take(4)
        assert arrival.new_connection
        assert (arrival.known_before, arrival.written_before) == (1, 2)
        assert arrival.known == 0


async def test_a_repeat_whose_acknowledgement_is_under_way_gets_no_second_one(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1), publish(2))
        arrival = await running.take(1, 2)
        arrival.acknowledge_not(arrival.publications[0])
        arrival.acknowledge()
        await peer.expect_acknowledgements(2)
        assert running.client.messages_in_hand == 0


async def test_a_shorter_session_than_asked_for_is_told_at_connect_and_only_once(
    autojump_clock: MockClock,
) -> None:
    with capture_logs() as logs:
        async with running_client(session_expiry_seconds=86_400) as running:
            peer = await running.broker.accept(session_expiry_interval=7_200)
            await peer.close()
            await running.broker.accept(session_present=True, session_expiry_interval=7_200)
    (said,) = [entry for entry in logs if "keeps our session" in entry["event"]]
    assert said["log_level"] == "warning"
    assert "for 7200 s only, not for the 86400 s" in said["event"]


async def test_a_session_that_expired_by_the_broker_s_own_limit_is_blamed_on_that(
    autojump_clock: MockClock,
) -> None:
    broker = ScriptedBroker()
    with capture_logs() as logs:
        async with running_client(broker, session_expiry_seconds=86_400) as running:
            running.client._unix_time = trio.current_time
            peer = await broker.accept(session_expiry_interval=60)
            await trio.sleep(5)
            broker.is_reachable = False
            await peer.close()
            await trio.sleep(100)
            broker.is_reachable = True
            await broker.accept(session_expiry_interval=60)
    (said,) = [entry["event"] for entry in logs if "has lost our session" in entry["event"]]
    assert "it keeps sessions for 60 s only: let it allow the 86400 s" in said


def test_a_flood_says_little_about_the_hours_after_it() -> None:
    absence = Absence(
        seconds=3_600,
        messages_per_second=900,
        over_seconds=10,
        expiry_seconds=86_400,
        asked_seconds=86_400,
    )
    assert absence.estimate == 9_000
    assert "about 9000 messages or more, by the 10 s before" in absence.sentence


def test_a_steady_stream_is_judged_by_its_rate() -> None:
    earlier = EarlierSession(was_granted=True, messages_per_second=5)
    absence = Absence(
        seconds=600,
        messages_per_second=earlier.messages_per_second,
        over_seconds=earlier.over_seconds,
        expiry_seconds=86_400,
        asked_seconds=86_400,
    )
    assert "about 3000 messages at the rate of before" in absence.sentence
