"""A router on a machine whose clock is behind what was stored: it says so, and goes on."""

from __future__ import annotations

import time

import trio

from pulse_router.domain.event_ids import EPOCH_MILLISECONDS
from pulse_router.runtime.clock import is_synchronised
from tests.support.commands.router import World
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_until

YEAR_2035 = 2_051_222_400


async def test_a_clock_that_is_behind_what_was_stored_is_told_and_costs_no_message(
    world: World,
) -> None:
    newest = (YEAR_2035 * 1000 - EPOCH_MILLISECONDS) << 22
    world.rows(
        "INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests,"
        " received, stored, rejected, duplicate, dropped, matched, written, tenants)"
        f" VALUES ('somebody', 1, 1, {newest}, '{{}}', '{{}}', 0, 0, 0, 0, 0, 0, 0, '{{}}')"
    )
    await trio.to_thread.run_sync(world.router.start)
    # The kernel may know better, where a time server keeps its clock.
    wanted = set() if is_synchronised() else {"clock"}
    await wait_until(
        lambda: world.router.missing is not None and set(world.router.missing) == wanted
    )
    fleet = Fleet(world)
    await fleet.publish(range(50), per_second=500)
    await wait_until(lambda: set(stored_numbers(world)) == set(range(50)))
    assert int(world.value("SELECT min(event_id) FROM telemetry")) > newest
    metrics = world.router.get("/metrics")
    assert metrics is not None
    [behind] = [line for line in metrics.text.splitlines() if line.startswith("pulse_clock_behind")]
    assert abs(float(behind.split()[1]) - (YEAR_2035 - time.time())) < 60
