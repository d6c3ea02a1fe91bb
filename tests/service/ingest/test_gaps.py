"""Devices that count, on a real broker and database: gaps are found, and none is made up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import attrs
import msgspec
import pytest
import trio

from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.waiting import wait_until

FLOOD = 1_500


@attrs.define
class Fleet:
    """Devices that count in `seq`."""

    world: World
    publisher: Publisher
    sent: int = 0

    async def say(self, device: int, *numbers: int, beside: bool = False) -> None:
        """Send numbers among the metrics, or beside them."""
        for number in numbers:
            self.sent += 1
            fields: dict[str, Any] = {"provision_token": DEVICE_TOKEN, "metrics": {"t": 1}}
            (fields if beside else fields["metrics"])["seq"] = number
            await self.publisher.publish(self.world.topic(device), msgspec.json.encode(fields))

    async def stored(self) -> None:
        await self.publisher.wait_for(self.sent)
        sql = "SELECT count(*) FROM telemetry"
        await wait_until(lambda: self.world.value(sql) == str(self.sent))

    def gaps(self, device: int) -> list[tuple[int, int, int]]:
        """What the API lists, the oldest first."""
        path = f"/customer/devices/DEV-{device:03}/gaps"
        answer = self.world.router.get(path, token=make_token())
        assert answer is not None
        assert answer.status_code == 200, answer.text
        listed = answer.json()["gaps"]
        assert all(gap["msg_type"] == "telemetry" for gap in listed)
        return [(gap["expected"], gap["got"], gap["missing"]) for gap in reversed(listed)]

    def upstream(self) -> dict[str, int | None]:
        answer = self.world.router.get("/health")
        assert answer is not None
        return dict(answer.json()["upstream"])

    def metric(self, name: str) -> int | None:
        answer = self.world.router.get("/metrics")
        assert answer is not None
        lines = [line for line in answer.text.splitlines() if line.startswith(f"{name} ")]
        return int(float(lines[0].split()[1])) if lines else None


@pytest.fixture
async def fleet(world: World) -> AsyncIterator[Fleet]:
    world.router.environment["PULSE_INGEST_SEQUENCE_FIELD"] = "seq"
    await world.router.start_and_wait()
    async with open_publisher(world.broker.port) as publisher:
        yield Fleet(world, publisher)


async def test_gaps_are_found_told_and_kept_over_restarts(fleet: Fleet) -> None:
    await fleet.say(0, 1, 2, 3, 7, 7, 2, 3)
    await fleet.say(1, 10, 12, beside=True)
    await fleet.stored()
    assert fleet.gaps(0) == [(4, 7, 3)]
    assert fleet.gaps(1) == [(11, 12, 1)]
    assert fleet.gaps(2) == []
    assert fleet.upstream()["gaps"] == 2
    told = {name: fleet.metric(f"pulse_upstream_{name}_total") for name in ("gaps", "missing")}
    assert told == {"gaps": 2, "missing": 4}
    assert fleet.metric("pulse_upstream_restarts_total") == 1
    assert fleet.metric("pulse_upstream_repeats_total") == 1
    event = fleet.world.value("SELECT event_id FROM device_gaps WHERE device_id = 'DEV-001'")
    sql = f"SELECT extra->>'seq' FROM telemetry WHERE event_id = {event}"
    assert fleet.world.value(sql) == "12"
    unknown = fleet.world.router.get("/customer/devices/NOBODY/gaps", token=make_token())
    assert unknown is not None
    assert unknown.status_code == 404

    await _kill_in_a_flood(fleet)
    assert fleet.gaps(3) == [], "what comes again is neither a gap, nor a repeat"
    assert fleet.gaps(4) == [(FLOOD // 2 + 1, FLOOD // 2 + 3, 2)]
    assert fleet.metric("pulse_upstream_repeats_total") == 0
    assert_books_balance(fleet.world)


async def _kill_in_a_flood(fleet: Fleet) -> None:
    """Two devices count, one leaves two numbers out, and the router is killed thrice."""

    async def flood() -> None:
        for number in range(1, FLOOD + 1):
            await fleet.say(3, number)
            await fleet.say(4, number if number <= FLOOD // 2 else number + 2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(flood)
        for _ in range(3):
            before = fleet.world.value("SELECT count(*) FROM telemetry")
            await wait_until(
                lambda before=before: (  # type: ignore[misc]
                    int(fleet.world.value("SELECT count(*) FROM telemetry")) > int(before) + 100
                    or fleet.sent >= 2 * FLOOD
                )
            )
            await trio.to_thread.run_sync(fleet.world.router.kill)
            await fleet.world.router.start_and_wait()
    await fleet.stored()


async def test_nothing_is_followed_unless_it_is_wanted(world: World) -> None:
    await world.router.start_and_wait()
    async with open_publisher(world.broker.port) as publisher:
        fleet = Fleet(world, publisher)
        await fleet.say(0, 1, 5)
        await fleet.stored()
    assert fleet.upstream() == {
        "sessions_lost": 0,
        "estimated_lost": 0,
        "broker_dropped": fleet.upstream()["broker_dropped"],
        "gaps": 0,
    }
    assert fleet.metric("pulse_upstream_gaps_total") is None
    assert world.value("SELECT count(*) FROM device_sequences") == "0"
