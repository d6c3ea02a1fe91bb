"""The end of a connection that we choose: the farewell, what is queued before it, and deadlines."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from tests.support.mqtt.peer import (
    Peer,
    Running,
    ScriptedBroker,
    make_options,
    publish,
    running_client,
)


async def say_farewell(peer: Peer) -> None:
    while isinstance(packet := await peer.next(), mqtt5.PingReqPacket):
        pass  # asked after the acknowledgements
    assert isinstance(packet, mqtt5.DisconnectPacket), packet
    assert int(packet.reason_code) == 0
    await peer.close()


async def test_disconnect_sends_queued_acknowledgements_first_and_the_unread_is_read_off(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1), publish(2))
        arrival = await running.take(1, 2)
        running.client.stop_reading()
        await running.settle()
        await peer.send(publish(3))
        arrival.acknowledge()
        running.client.disconnect()
        await peer.expect_acknowledgements(1, 2)
        await say_farewell(peer)
        await running.returned.wait()
        assert running.states == [None]


async def test_disconnect_without_stop_reading_ends_too(autojump_clock: MockClock) -> None:
    async with running_client(capacity=0) as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        await running.settle()
        running.client.disconnect()
        await say_farewell(peer)
        await running.returned.wait()
        with pytest.raises(trio.EndOfChannel):
            await running.next_arrival()


async def test_acknowledging_after_disconnect_does_nothing(autojump_clock: MockClock) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        arrival = await running.take(1)
        running.client.disconnect()
        arrival.acknowledge()
        await say_farewell(peer)
        await running.returned.wait()


@pytest.mark.parametrize("pair", ["memory", "lockstep"])
async def test_a_broker_that_stands_still_delays_the_farewell_by_its_deadline_only(
    pair: str, autojump_clock: MockClock
) -> None:
    lockstep = pair == "lockstep"
    broker = ScriptedBroker(
        trio.testing.lockstep_stream_pair if lockstep else trio.testing.memory_stream_pair
    )
    async with running_client(broker, disconnect_timeout_seconds=2) as running:
        await broker.accept()
        running.client.disconnect()
        since = trio.current_time()
        await running.returned.wait()
        assert trio.current_time() - since == pytest.approx(2)


@pytest.mark.parametrize("ask", ["stop_reading", "disconnect"])
@pytest.mark.parametrize("moment", ["backoff", "connecting", "handshake", "before"])
async def test_stopping_without_a_session_is_prompt(
    ask: str, moment: str, autojump_clock: MockClock
) -> None:
    broker = ScriptedBroker()
    broker.is_reachable = moment != "backoff"
    broker.hangs = moment == "connecting"
    running = Running(broker, make_options())
    stop = getattr(running.client, ask)
    async with trio.open_nursery() as nursery:
        if moment == "before":
            stop()
        nursery.start_soon(running.run)
        await running.settle()
        stop()
        if (moment, ask) == ("handshake", "stop_reading"):
            await running.settle()
            running.client.disconnect()
        await running.returned.wait()
        with pytest.raises(trio.EndOfChannel):
            await running.next_arrival()
    assert autojump_clock.current_time() == pytest.approx(0, abs=0.01)


async def test_a_connection_that_ends_after_stop_reading_is_not_made_again(
    autojump_clock: MockClock,
) -> None:
    async with running_client() as running:
        peer = await running.broker.accept()
        await peer.send(publish(1))
        arrival = await running.take(1)
        running.client.stop_reading()
        await running.settle()
        await peer.close()
        arrival.acknowledge()
        await running.returned.wait()
        assert len(running.broker.attempts) == 1
