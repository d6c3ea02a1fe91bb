"""Simulated devices publish as real ones do, and come back by themselves."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

import attrs
import pytest
import trio

from pulse_router.embedded import simulator
from pulse_router.embedded.simulator import Sensors, SimulatedDevice, run_simulator
from tests.support.servers.mosquitto import TestBroker

DEVICES = [SimulatedDevice("TENANT1", f"DEV-{n:03}", "SITE-1", f"token-{n}") for n in range(1, 4)]


@attrs.define
class Listener:
    """A subscriber to everything."""

    output: trio.abc.ReceiveStream
    buffer: bytes = b""

    async def next(self) -> tuple[str, dict[str, Any]]:
        while b"\n" not in self.buffer:
            chunk = await self.output.receive_some()
            assert chunk, "the subscriber ended"
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\n")
        topic, _, payload = line.decode().partition(" ")
        return topic, json.loads(payload)


@asynccontextmanager
async def listen(broker: TestBroker) -> AsyncIterator[Listener]:
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "#"]
    process = await trio.lowlevel.open_process([*command, "-F", "%t %p"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Listener(process.stdout)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


async def test_each_device_publishes_its_own_telemetry(mosquitto: TestBroker) -> None:
    seen: Counter[str] = Counter()
    async with listen(mosquitto) as listener, trio.open_nursery() as nursery:
        nursery.start_soon(simulate, mosquitto)
        with trio.fail_after(30):
            while len(seen) < len(DEVICES) or min(seen.values()) < 5:
                topic, message = await listener.next()
                number = int(message["provision_token"].removeprefix("token-"))
                assert topic == f"tenant/TENANT1/device/DEV-{number:03}/telemetry"
                assert message["site_id"] == "SITE-1"
                assert message["ts"].endswith("Z")
                assert datetime.fromisoformat(message["ts"]).tzinfo is not None
                assert message["metrics"].keys() == {"temperature", "humidity", "battery"}
                seen[topic] += 1
        nursery.cancel_scope.cancel()


async def test_devices_come_back_when_the_broker_does(
    mosquitto: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "MAX_BACKOFF_SECONDS", 0.5)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(simulate, mosquitto)
        for _ in range(2):
            async with listen(mosquitto) as listener:
                with trio.fail_after(30):
                    await listener.next()
            await trio.to_thread.run_sync(mosquitto.kill)
            await trio.to_thread.run_sync(mosquitto.start)
        nursery.cancel_scope.cancel()


def test_temperatures_pass_80_now_and_then_but_seldom() -> None:
    sensors = Sensors(Random(1))
    hot = sum(sensors.read()["temperature"] > 80 for _ in range(10_000))
    assert 50 < hot < 1_000


def test_a_device_does_not_show_its_token() -> None:
    assert "token-1" not in repr(DEVICES[0])


async def simulate(broker: TestBroker) -> None:
    await run_simulator(DEVICES, "127.0.0.1", broker.port, 300.0, random=Random(1))
