"""The laws of last contact: cheap, a part at a time, and never in the way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import attrs
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import DeviceKey
from pulse_router.ingest.last_seen import EVERY_SECONDS, MAX_ROWS, MAX_WAITING, LastSeen
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, publication

NOW = datetime(2026, 2, 16, tzinfo=UTC)


@attrs.define
class Written:
    """Remembers what was written, and can be away."""

    seen: list[dict[DeviceKey, datetime]] = attrs.field(factory=list)
    away: bool = False

    async def write_last_seen(self, seen: Collection[tuple[DeviceKey, datetime]]) -> None:
        await trio.lowlevel.checkpoint()
        if self.away:
            raise Unavailable("away")
        self.seen.append(dict(seen))


async def test_a_device_is_written_once_in_a_while_with_its_newest_time(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    last_seen, written = LastSeen(), Written()
    nursery.start_soon(last_seen.run, written)
    await trio.sleep(0.5)
    for second in range(10 * int(EVERY_SECONDS)):
        last_seen.times["T", "D"] = NOW + timedelta(seconds=second)
        await trio.sleep(1)
    assert len(written.seen) == 10
    assert written.seen[0] == {("T", "D"): NOW + timedelta(seconds=EVERY_SECONDS - 1)}


async def test_a_large_fleet_is_written_in_turns(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    last_seen, written = LastSeen(), Written()
    nursery.start_soon(last_seen.run, written)
    keys = [("T", f"D{number}") for number in range(2 * MAX_ROWS)]
    for _ in range(2):
        for key in keys:
            last_seen.times[key] = NOW
        await trio.sleep(EVERY_SECONDS + 1)
    assert [len(seen) for seen in written.seen] == [MAX_ROWS, MAX_ROWS]
    assert written.seen[0] | written.seen[1] == dict.fromkeys(keys, NOW)


async def test_an_outage_is_skipped_and_memory_stays_bounded(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    last_seen, written = LastSeen(), Written(away=True)
    nursery.start_soon(last_seen.run, written)
    for number in range(2 * MAX_WAITING):
        last_seen.times["T", f"D{number}"] = NOW
    assert len(last_seen.times) == 0
    await trio.sleep(EVERY_SECONDS + 1)
    written.away = False
    await trio.sleep(10 * EVERY_SECONDS)
    assert sum(map(len, written.seen)) == MAX_WAITING - MAX_ROWS


async def test_only_a_device_whose_message_was_accepted_was_seen() -> None:
    world = DecoderWorld()
    world.devices.add("TENANT1", "DEV-002")
    bad = publication("tenant/TENANT1/device/DEV-002/telemetry", provision_token="wrong")
    arrival = FakeArrival([publication(), bad], received_at=NOW.timestamp())
    await world.decoder().decode(arrival)
    assert world.last_seen.times == {("TENANT1", "DEV-001"): NOW}
