"""A broker that closes each connection that resumes our session, and serves everybody else."""

from __future__ import annotations

import mqtt5
import pytest
import trio
from trio.testing import MockClock

from tests.support.mqtt.peer import Peer, Running, make_options, publish, running_client

PATIENCE_SECONDS = 300.0
Code = mqtt5.DisconnectReasonCode


async def clean_start_within(
    running: Running,
    seconds: float,
    *,
    serves_strangers: bool = True,
    farewell: Code | None = None,
    granted_every: int = 0,
) -> Peer | None:
    """Close each resumed connection until one comes that wants a new session; None if none does.

    Args:
        running: The client.
        seconds: For how long.
        serves_strangers: Whether other clients are served meanwhile.
        farewell: What the broker says before it closes.
        granted_every: Which of the connections get their subscription first.
    """
    number = 0
    with trio.move_on_after(seconds):
        while True:
            peer = await running.broker.connection()
            connect = await peer.expect(mqtt5.ConnectPacket)
            if connect.client_id != "router-1":
                await peer.send(mqtt5.ConnAckPacket().write())
                if serves_strangers:
                    await peer.expect(mqtt5.DisconnectPacket)
                await peer.close()
                continue
            if connect.clean_start:
                return peer
            number += 1
            await peer.send(mqtt5.ConnAckPacket(session_present=True).write())
            if granted_every and number % granted_every == 0:
                subscribe = await peer.expect(mqtt5.SubscribePacket)
                granted = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
                await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [granted]).write())
            if farewell is not None:
                await peer.send(mqtt5.DisconnectPacket(reason_code=farewell).write())
            await peer.close()
    return None


@pytest.mark.parametrize("farewell", [None, Code.PROTOCOL_ERROR, Code.UNSPECIFIED_ERROR])
async def test_a_session_that_cannot_be_resumed_is_given_up_and_what_comes_then_arrives(
    farewell: Code | None, autojump_clock: MockClock
) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        since = trio.current_time()
        peer = await clean_start_within(running, 2 * PATIENCE_SECONDS, farewell=farewell)
        assert peer is not None
        assert trio.current_time() - since >= PATIENCE_SECONDS
        assert running.client.sessions_lost == 0
        await peer.send(mqtt5.ConnAckPacket().write())
        subscribe = await peer.expect(mqtt5.SubscribePacket)
        granted = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
        await peer.send(mqtt5.SubAckPacket(subscribe.packet_id, [granted]).write(), publish(1))
        await running.take(1)
        assert running.client.sessions_lost == 1
        assert running.states[-1] is None
        # The new one is kept like any other.
        await peer.close()
        again = await (await running.broker.connection()).expect(mqtt5.ConnectPacket)
        assert not again.clean_start


async def test_while_the_session_is_closed_again_and_again_that_is_said_with_what_will_be_done(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        assert await clean_start_within(running, PATIENCE_SECONDS / 2) is None
        said = running.states[-1]
        assert said is not None
        assert "closes each connection that resumes our session" in said
        assert "after 300 s it is given up" in said
        assert running.states.count(said) == 1, "said once"


async def test_a_session_is_kept_while_the_broker_serves_nobody(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        assert await clean_start_within(running, 3_600, serves_strangers=False) is None


async def test_a_session_is_kept_while_it_can_be_resumed_now_and_then(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        assert await clean_start_within(running, 3_600, granted_every=9) is None


@pytest.mark.parametrize(
    "farewell", [Code.SESSION_TAKEN_OVER, Code.SERVER_SHUTTING_DOWN, Code.SERVER_BUSY]
)
async def test_a_session_is_kept_while_the_broker_has_other_reasons(
    farewell: Code, autojump_clock: MockClock
) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        assert await clean_start_within(running, 3_600, farewell=farewell) is None


async def test_an_operator_may_have_a_session_kept_whatever_happens(
    autojump_clock: MockClock,
) -> None:
    async with running_client(resume_patience_seconds=0) as running:
        await (await running.broker.accept()).close()
        assert await clean_start_within(running, 3_600) is None
        assert "mqtt.resume_patience_seconds" in str(running.states[-1])


async def test_whoever_stops_waits_for_no_look_at_whether_the_broker_serves_others(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        await (await running.broker.accept()).close()
        while True:
            peer = await running.broker.connection()
            connect = await peer.expect(mqtt5.ConnectPacket)
            if connect.client_id != "router-1":
                break
            await peer.send(mqtt5.ConnAckPacket(session_present=True).write())
            await peer.close()
        stopped_at = trio.current_time()
        running.client.disconnect()
        await running.returned.wait()
        assert trio.current_time() == stopped_at
        await peer.expect_end()


def test_a_session_is_resumed_for_five_minutes_unless_something_else_is_said() -> None:
    assert make_options().resume_patience_seconds == PATIENCE_SECONDS
