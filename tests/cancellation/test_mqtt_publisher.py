"""The MQTT publisher is cancelled at every step of its life, and so is who waits for it."""

from __future__ import annotations

import mqtt5
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.publisher import Publisher
from tests.support.cancelling import CancelAtStep, RememberingBroker
from tests.support.mqtt.peer import Peer, make_options

ENOUGH_STEPS = 60


def make_publisher(broker: RememberingBroker) -> Publisher:
    return Publisher(
        make_options().for_publishing("pub"), open_stream=broker.open_stream, jitter=lambda: 0.0
    )


async def publish(publisher: Publisher, topic: str = "t") -> int:
    message = OutgoingMessage(topic, b"{}", qos=1)
    return (await publisher.publish(message, timeout_seconds=10)).code


async def accept(broker: RememberingBroker) -> Peer:
    peer = await broker.connection()
    await peer.expect(mqtt5.ConnectPacket)
    await peer.send(mqtt5.ConnAckPacket(receive_max=1).write())
    return peer


async def confirm(peer: Peer) -> str:
    packet = await peer.expect(mqtt5.PublishPacket)
    assert packet.packet_id is not None
    await peer.send(mqtt5.PubAckPacket(packet.packet_id).write())
    return packet.topic


@pytest.mark.parametrize("step", range(1, ENOUGH_STEPS + 1))
async def test_cancelled_at_any_step_it_closes_what_it_holds(
    step: int, autojump_clock: MockClock
) -> None:
    broker = RememberingBroker()
    publisher = make_publisher(broker)
    ended = False

    async def live(peer_scope: trio.CancelScope) -> None:
        """A whole life: a message, a lost line, another message, and a farewell."""
        try:
            with peer_scope:
                peer = await accept(broker)
                await confirm(peer)
                await peer.close()
                await confirm(await accept(broker))
        except (EOFError, trio.BrokenResourceError):
            assert scope.cancel_called

    async def use() -> None:
        nonlocal ended
        try:
            assert await publish(publisher) == 0
            await trio.sleep(1)
            assert await publish(publisher) == 0
        except Unavailable:
            assert scope.cancel_called
        publisher.disconnect()
        ended = True

    async def run() -> None:
        with scope:
            await publisher.run()
        if scope.cancelled_caught:
            publisher.disconnect()
        script.cancel()

    scope, script = trio.CancelScope(), trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(live, script)
        nursery.start_soon(use)
        nursery.start_soon(run)
        trio.lowlevel.add_instrument(CancelAtStep(scope, step))
    assert ended
    await broker.expect_all_closed()


@pytest.mark.parametrize("step", range(1, ENOUGH_STEPS + 1))
async def test_who_waits_can_be_cancelled_at_any_step_and_costs_nobody_a_place(
    step: int, autojump_clock: MockClock
) -> None:
    broker = RememberingBroker()
    publisher = make_publisher(broker)
    heard: list[str] = []

    async def answer() -> None:
        peer = await accept(broker)
        while True:
            heard.append(await confirm(peer))

    async def use() -> None:
        with scope:
            await publish(publisher, "cancelled")

    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        nursery.start_soon(answer)
        nursery.start_soon(use)
        instrument = CancelAtStep(scope, step)
        trio.lowlevel.add_instrument(instrument)
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.remove_instrument(instrument)
        for number in range(3):
            assert await publish(publisher, f"after/{number}") == 0
        nursery.cancel_scope.cancel()
    assert heard[-3:] == ["after/0", "after/1", "after/2"]
    assert heard[:-3] in (["cancelled"], [])
