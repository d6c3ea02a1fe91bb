"""What a session still holds: old filters given up, and what the broker has lost told."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.sessions import EarlierSession
from tests.support.mqtt.peer import Running, ScriptedBroker, make_options, publish, running_client


async def test_stale_subscriptions_are_removed_from_a_session_that_may_have_them(
    autojump_clock: MockClock,
) -> None:
    async with running_client(share_group="edge") as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket(session_present=True).write())
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        assert subscribe.topic_filters[0].pattern == "$share/edge/tenant/+/device/+/+"
        unsubscribe = await peer.expect(mqtt5.UnsubscribePacket)
        assert unsubscribe.patterns == ["tenant/+/device/+/+"]


async def settle_filters(running: Running, *answers: mqtt5.UnsubAckReasonCode) -> list[str]:
    """Grant what is asked for, and answer what is given up; returns that."""
    peer = await running.broker.accept(session_present=True)
    unsubscribe = await peer.expect(mqtt5.UnsubscribePacket)
    assert not running.client.settled.is_set()
    await peer.send(mqtt5.UnsubAckPacket(unsubscribe.packet_id, list(answers)).write())
    await running.settle()
    return list(unsubscribe.patterns)


async def test_filters_of_earlier_runs_are_given_up_and_then_the_session_is_settled(
    autojump_clock: MockClock,
) -> None:
    running = Running(ScriptedBroker(), make_options())
    running.client.remember(EarlierSession(filters=("old/#", "tenant/+/device/+/+")))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.run)
        assert await settle_filters(running, mqtt5.UnsubAckReasonCode.SUCCESS) == ["old/#"]
        assert running.client.settled.is_set()
        nursery.cancel_scope.cancel()


async def test_a_filter_that_the_broker_keeps_is_warned_of_and_given_up_again(
    autojump_clock: MockClock,
) -> None:
    running = Running(ScriptedBroker(), make_options())
    running.client.remember(EarlierSession(filters=("old/#",)))
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await settle_filters(running, mqtt5.UnsubAckReasonCode.NOT_AUTHORIZED)
            assert not running.client.settled.is_set()
            nursery.cancel_scope.cancel()
    assert [entry["topic_filter"] for entry in logs] == ["old/#"]


async def test_a_new_session_has_nothing_to_give_up(autojump_clock: MockClock) -> None:
    running = Running(ScriptedBroker(), make_options())
    running.client.remember(EarlierSession(filters=("old/#",)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.run)
        await running.broker.accept(session_present=False)
        assert running.client.settled.is_set()
        nursery.cancel_scope.cancel()


async def test_a_grant_of_qos_0_is_a_warning(autojump_clock: MockClock) -> None:
    with capture_logs() as logs:
        async with running_client() as running:
            peer = await running.broker.connection()
            await peer.send(mqtt5.ConnAckPacket().write())
            at_most_once = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE
            await peer.send(mqtt5.SubAckPacket(1, [at_most_once]).write())
            await running.settle()
            assert running.states == [None]
    assert [entry["topic_filter"] for entry in logs] == ["tenant/+/device/+/+"]
    assert "QoS 0 only" in logs[0]["event"]


async def test_the_first_session_ever_is_no_loss(autojump_clock: MockClock) -> None:
    with capture_logs() as logs:
        async with running_client() as running:
            for session_present in (False, True):
                await (await running.broker.accept(session_present=session_present)).close()
            assert running.client.sessions_lost == 0
    assert logs == []


async def test_a_session_that_the_broker_has_lost_is_told_with_what_may_be_missing(
    autojump_clock: MockClock,
) -> None:
    with capture_logs() as logs:
        async with running_client() as running:
            peer = await running.broker.accept()
            for packet_id in range(1, 21):
                await peer.send(publish(packet_id))
                await running.settle()
                if packet_id < 20:
                    (await running.next_arrival()).acknowledge()
            await trio.sleep(20)
            running.broker.is_reachable = False
            await peer.close()
            await trio.sleep(30)
            running.broker.is_reachable = True
            await running.broker.accept(session_present=False)
            await running.settle()
            assert running.client.sessions_lost == 1
    [entry] = logs
    assert entry["log_level"] == "warning"
    assert entry["in_hand"] == 1
    assert "see that it keeps its sessions" in entry["event"]


@pytest.mark.parametrize(
    ("earlier", "expiry_seconds", "said"),
    [
        (EarlierSession(filters=("a/#",)), 3600, None),
        (EarlierSession(was_granted=True), 0, None),
        (EarlierSession(was_granted=True), 3600, "what it held for us is missing"),
        (
            EarlierSession(was_granted=True, last_message_at=1000.0, messages_per_second=5),
            3600,
            "in the last 600.0 s is missing, about 3000 messages at the rate of before; see that",
        ),
        (
            EarlierSession(was_granted=True, last_message_at=1000.0, messages_per_second=5),
            600,
            "raise mqtt.session_expiry_seconds",
        ),
        # The clock was set back while we were away.
        (EarlierSession(was_granted=True, last_message_at=9000.0), 3600, "in the last 0.0 s"),
    ],
)
async def test_a_session_of_an_earlier_run_counts(
    earlier: EarlierSession, expiry_seconds: int, said: str | None, autojump_clock: MockClock
) -> None:
    running = Running(ScriptedBroker(), make_options(session_expiry_seconds=expiry_seconds))
    running.client._unix_time = lambda: 1600.0
    running.client.remember(earlier)
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await running.broker.accept(session_present=False)
            nursery.cancel_scope.cancel()
    assert running.client.sessions_lost == (said is not None)
    assert [said in entry["event"] for entry in logs if said is not None] == [True] * bool(said)
