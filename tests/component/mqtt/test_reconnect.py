"""The client in trouble: refusals, silence, lost lines; how it says so, and when it comes back."""

from __future__ import annotations

import itertools

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from tests.support.mqtt.peer import GRANTED, Running, ScriptedBroker, make_options, running_client

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


async def test_what_the_broker_says_as_it_closes_is_told_though_we_were_writing(
    autojump_clock: MockClock,
) -> None:
    for _ in range(8):  # whether reading or writing fails first is left to chance
        async with running_client() as running:
            peer = await running.broker.connection()
            await peer.expect(mqtt5.ConnectPacket)
            moved = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SERVER_MOVED)
            await peer.send(mqtt5.ConnAckPacket().write())
            await peer.send(moved.write())
            await peer.close()
            assert "it has moved" in await next_state(running, 0)
