"""The client in trouble: refusals, silence, lost lines; how it says so, and when it comes back."""

from __future__ import annotations

import itertools

import mqtt5
import pytest
import trio
import trio.testing
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.sessions import EarlierSession
from tests.support.mqtt.peer import (
    GRANTED,
    PINGRESP,
    Running,
    ScriptedBroker,
    make_options,
    publish,
    running_client,
)

Refused = mqtt5.ConnAckReasonCode


async def next_state(running: Running, seen: int) -> str:
    while len(running.states) <= seen:
        await running.settle()
        await trio.sleep(0.01)
    state = running.states[seen]
    assert state is not None
    return state


async def test_all_is_well_only_once_the_subscription_is_granted(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket().write())
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        await running.settle()
        assert running.states == []
        await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [GRANTED]).write())
        await running.settle()
        assert running.states == [None]


@pytest.mark.parametrize(
    ("code", "said", "remedy"),
    [
        (Refused.BAD_USER_NAME_OR_PASSWORD, "bad user name or password", "mqtt.password"),
        (Refused.NOT_AUTHORIZED, "not authorized", "access list"),
        (Refused.UNSUPPORTED_PROTOCOL_VERSION, "does not speak MQTT 5", "mosquitto 1.6"),
        (Refused.CLIENT_ID_NOT_VALID, "'router-1'", "mqtt.client_id"),
        (Refused.IMPLEMENTATION_SPECIFIC_ERROR, "reason code 131", ""),
    ],
)
async def test_a_refused_connection_is_told_with_its_remedy_and_tried_again(
    code: mqtt5.ConnAckReasonCode, said: str, remedy: str, autojump_clock: MockClock
) -> None:
    async with running_client(username="u", password="hunter2") as running:
        peer = await running.broker.connection()
        await peer.send(mqtt5.ConnAckPacket(reason_code=code).write())
        state = await next_state(running, 0)
        assert state.startswith("the MQTT broker at broker.example:1883 refuses the connection: ")
        assert said in state
        assert remedy in state
        assert "hunter2" not in state
        await running.broker.accept()
        assert running.states[1:] == [None]


async def test_a_refused_subscription_is_told_with_its_filter_and_tried_again(
    autojump_clock: MockClock,
) -> None:
    async with running_client(topics=["a/#", "b/#"]) as running:
        peer = await running.broker.connection()
        await peer.expect(mqtt5.ConnectPacket)
        await peer.send(mqtt5.ConnAckPacket().write())
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        refusal = mqtt5.SubAckReasonCode.NOT_AUTHORIZED
        await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [GRANTED, refusal]).write())
        await peer.expect(mqtt5.DisconnectPacket)
        await peer.close()
        state = await next_state(running, 0)
        assert "refuses the subscription to 'b/#': not authorized" in state
        await running.broker.connection()


async def test_a_takeover_names_the_client_id_and_backs_off(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        for _ in range(4):
            peer = await running.broker.accept()
            taken = mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER
            await peer.send(mqtt5.DisconnectPacket(reason_code=taken).write())
        await running.broker.accept()
        assert running.states[0] is None
        assert "another client has connected with the client id 'router-1'" in str(
            running.states[1]
        )
        assert "mqtt.client_id of its own" in str(running.states[1])
        at = running.broker.attempts
        waits = [later - earlier for earlier, later in itertools.pairwise(at)]
        assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6], abs=0.02)


async def test_a_protocol_error_is_told_to_the_broker(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(mqtt5.AuthPacket().write())
        farewell = await peer.expect(mqtt5.DisconnectPacket)
        assert farewell.reason_code == mqtt5.DisconnectReasonCode.PROTOCOL_ERROR
        await peer.close()
        assert "broke the protocol: AUTH is not expected here" in await next_state(running, 1)
        await running.broker.accept()


async def test_delays_grow_to_ten_seconds_and_the_problem_is_told_once(
    autojump_clock: MockClock,
) -> None:
    broker = ScriptedBroker()
    broker.is_reachable = False
    async with running_client(broker) as running:
        await trio.sleep(60)
        at = broker.attempts
        waits = [later - earlier for earlier, later in itertools.pairwise(at)]
        assert waits[:9] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])
        assert running.states == [
            "cannot connect to the MQTT broker at broker.example:1883: connection refused"
        ]
        broker.is_reachable = True
        await broker.accept()
        assert running.states[1:] == [None]


async def test_no_delay_is_shorter_than_a_tenth_of_a_second(autojump_clock: MockClock) -> None:
    broker = ScriptedBroker()
    broker.is_reachable = False
    running = Running(broker, make_options(), jitter=0.0)
    with trio.move_on_after(1.05):
        await running.run()
    assert len(broker.attempts) == 11


async def test_a_healthy_connection_makes_the_next_delay_short(autojump_clock: MockClock) -> None:
    broker = ScriptedBroker()
    broker.is_reachable = False
    async with running_client(broker) as running:
        await trio.sleep(30)
        broker.is_reachable = True
        peer = await broker.accept()
        await trio.sleep(15)
        await peer.close()
        lost_at = trio.current_time()
        await broker.accept()
        assert broker.attempts[-1] - lost_at == pytest.approx(0.2, abs=0.01)
        lost = "the connection to the MQTT broker at broker.example:1883 is lost: "
        assert str(running.states[-2]).startswith(lost + "the broker has closed it")


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
