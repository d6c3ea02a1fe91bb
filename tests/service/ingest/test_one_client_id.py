"""Two routers under one MQTT client id: one works, the other waits, and neither fights."""

from __future__ import annotations

import signal

import attrs
import pytest
import trio

from tests.support.commands.process import STOPS_WITHIN_SECONDS
from tests.support.commands.router import DEVICE_TOKEN, RouterProcess, World
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

MESSAGES = 50
PAYLOAD = b'{"provision_token":"%s","metrics":{"n":%d}}'


@attrs.define
class Pair:
    """A router that works, and a second one under the same client id."""

    world: World
    second: RouterProcess
    sent: int = 0

    async def publish(self) -> None:
        """Have a device say what it has not said before; the broker has it then."""
        async with open_publisher(
            self.world.broker.port, client_id=f"device-{self.sent}"
        ) as device:
            for _ in range(MESSAGES):
                self.sent += 1
                payload = PAYLOAD % (DEVICE_TOKEN.encode(), self.sent)
                await device.publish(self.world.topic(), payload)
            await device.wait_for(MESSAGES)

    async def wait_until_stored(self) -> None:
        """Wait until all is stored; each message is, once."""
        await wait_until(lambda: self._stored()[0] >= self.sent)
        assert self._stored() == (self.sent, self.sent)

    def _stored(self) -> tuple[int, int]:
        query = "SELECT count(*), count(DISTINCT metrics) FROM telemetry"
        [[stored, distinct]] = self.world.rows(query)
        return int(stored), int(distinct)


@pytest.fixture
async def pair(world: World) -> Pair:
    await world.router.start_and_wait()
    second = RouterProcess(world.router.environment)
    await trio.to_thread.run_sync(second.start)
    waits = "this one waits for it to stop"
    await wait_until(lambda: waits in (second.missing or {}).get("database", ""))
    return Pair(world, second)


async def test_the_second_waits_and_takes_over_at_once_when_the_first_is_stopped(
    pair: Pair,
) -> None:
    await pair.publish()
    await pair.wait_until_stored()
    assert pair.world.router.stop() == 0
    await pair.second.wait_until_ready()
    await pair.publish()
    await pair.wait_until_stored()
    assert pair.second.stop() == 0


async def test_a_router_that_was_taken_over_from_ends_once_with_status_3(pair: Pair) -> None:
    """Its machine stood still for longer than its leases; what it had in hand is not lost."""
    first = pair.world.router
    assert first.process is not None
    first.process.send_signal(signal.SIGSTOP)
    await pair.publish()
    await pair.second.wait_until_ready()
    first.process.send_signal(signal.SIGCONT)
    await pair.publish()
    with trio.fail_after(STOPS_WITHIN_SECONDS):
        status = await trio.to_thread.run_sync(first.wait)
    assert status == 3
    assert "has taken over" in first.text
    assert "Traceback" not in first.text
    await pair.wait_until_stored()
    await pair.second.wait_until_ready()
    assert pair.second.stop() == 0
