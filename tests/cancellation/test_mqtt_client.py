"""The MQTT client is cancelled at every step of its life."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from tests.support.cancelling import CancelAtStep, RememberingBroker
from tests.support.mqtt.peer import Running, make_options, publish

ENOUGH_STEPS = 140


async def live(running: Running) -> None:
    """A whole life: messages, a lost line with a message in hand, and a farewell."""
    peer = await running.broker.accept()
    await peer.send(publish(1), publish(None))
    await running.settle()
    (await running.take(1, None)).acknowledge()
    await peer.expect_acknowledgements(1)
    await peer.send(publish(2))
    await running.settle()
    await peer.close()
    await running.settle()
    (await running.take(2)).acknowledge()
    peer = await running.broker.accept()
    running.client.disconnect()
    await peer.close()
    await running.returned.wait()


async def live_until(scope: trio.CancelScope, running: Running) -> None:
    try:
        await live(running)
    except (EOFError, trio.EndOfChannel, trio.BrokenResourceError):
        assert scope.cancel_called


async def run_in(scope: trio.CancelScope, running: Running, done: trio.CancelScope) -> None:
    with scope:
        await running.run()
    # What the script still waits for will never come.
    await running.settle()
    done.cancel()


@pytest.mark.parametrize("step", range(1, ENOUGH_STEPS + 1))
async def test_cancelled_at_any_step_it_closes_what_it_holds(
    step: int, autojump_clock: MockClock
) -> None:
    broker = RememberingBroker()
    running = Running(broker, make_options(), capacity=0)
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(live_until, scope, running)
        nursery.start_soon(run_in, scope, running, nursery.cancel_scope)
        trio.lowlevel.add_instrument(CancelAtStep(scope, step))
    await broker.expect_all_closed()
    with pytest.raises(trio.EndOfChannel):
        await running.next_arrival()
