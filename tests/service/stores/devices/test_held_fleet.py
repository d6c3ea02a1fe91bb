"""Under a held snapshot, devices, their last contacts and what is kept of batches cost the same.

Counted in buffers, before and after as many rounds of half a minute as show what grows.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
import pytest

from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY, OTHERS
from pulse_router.runtime.pages import Wanted
from pulse_router.stores import backlogs, operators
from pulse_router.stores.devices import devices, source
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.ingest import ledger, sessions, statements
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.ingest.pruning import PACKET_IDS
from pulse_router.stores.lists import Question
from pulse_router.stores.roles import Role
from tests.support.delivery.held_snapshot import buffers, held_snapshot
from tests.support.ingest.lives import begun
from tests.support.servers.postgres import PostgresForTests

DEVICES: Final = 200
ROUNDS: Final = 40
COMMITS: Final = 200
"""How many come between two prunings."""
LOOKED_UP: Final = [f"D{number}" for number in range(50)]
ALLOWANCE: Final = 30
"""Buffers that may come on top of twice as many: trees are a level higher."""
BEGAN_AT: Final = datetime(2026, 2, 16, 12, tzinfo=UTC)

NOTE_ALL: Final = """
SELECT pulse_note_last_seen(
  $1::text[], $2::text[],
  array_fill($3::timestamptz + (clock_timestamp() - now()), ARRAY[cardinality($1::text[])]))
"""
"""Notes a newer time at each call."""

READ_CONTACTS: Final = "SELECT count(at) FROM device_last_seen"

FILL: Final = f"""
INSERT INTO devices (tenant_id, device_id) SELECT 'T', 'D' || n FROM generate_series(1, {DEVICES}) n
"""
COMMIT: Final = """
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT 'router', n, 1, n, array_fill(1, ARRAY[{messages}]),
       array_fill(n::bigint, ARRAY[{messages}]), 1, 1, 0, 0, 0, 0, 0,
       '{{"T": {{"stored": 1, "queued": 2}}}}'
FROM generate_series({first}, {first} + {count} - 1) AS n
"""


@attrs.define
class Fleet:
    """Devices that speak each half minute, and the batches that they come in."""

    postgres: PostgresForTests
    name: str
    database: Database
    source: PostgresDeviceSource
    store: PostgresIngestStore
    now: datetime = BEGAN_AT
    sequence: int = 1

    async def speak(self) -> None:
        self.now += timedelta(seconds=30)
        await self.source.write_last_seen(
            [(("T", f"D{number}"), self.now) for number in range(1, DEVICES + 1)]
        )

    async def commit(self, count: int = COMMITS, *, messages: int = 200) -> None:
        self.postgres.psql(
            self.name, COMMIT.format(first=self.sequence, count=count, messages=messages)
        )
        self.sequence += count

    async def live(self) -> None:
        await self.speak()
        await self.commit()
        await self.store.prune()

    async def costs(self) -> dict[str, int]:
        cost = functools.partial(buffers, self.database)
        page = Question()
        listed = page.ask(devices._DEVICES, {"tenant_id = {}": "T"}, Wanted(limit=50))
        return {
            "look devices up": await cost(
                source._LOOK_UP, ["T"] * len(LOOKED_UP), LOOKED_UP, ["T"]
            ),
            "a page of devices": await cost(listed, *page.values, tenant_id="T"),
            "the tenants": await cost(
                operators._FIGURES, 20, 0, 10_000, None, before=operators._ALONG_INDEXES
            ),
            "note who was heard of": await cost(
                NOTE_ALL,
                ["T"] * DEVICES,
                [f"D{number}" for number in range(1, DEVICES + 1)],
                self.now,
            ),
            "draw up the books": await cost(ledger._AUDIT, 100, 1000, OTHERS, NOBODY),
            "depth by the books": await cost(ledger._PENDING),
            "who is above a bound": await cost(backlogs._OVER, 1, 1, [], [], [], NOBODY),
            "start: what was seen": await cost(
                statements.LOAD_SEEN, "router", PACKET_IDS, role=Role.INGEST
            ),
            "start: whose it was": await cost(statements.KNOWN_TENANTS, role=Role.INGEST),
            "start: how much came": await cost(sessions._TRAFFIC, "router", role=Role.INGEST),
        }


@pytest.fixture
async def fleet(postgres_server: PostgresForTests, database_name: str, database: Database) -> Fleet:
    postgres_server.psql(database_name, FILL)
    fleet = Fleet(
        postgres_server,
        database_name,
        database,
        PostgresDeviceSource(database),
        await begun(database),
    )
    # What is left of batches is as much as it ever is.
    for _ in range(4):
        await fleet.live()
    postgres_server.psql(database_name, "VACUUM ANALYZE")
    return fleet


async def test_devices_and_batches_cost_what_they_cost_without(
    fleet: Fleet, database: Database
) -> None:
    without = await fleet.costs()
    fresh_contacts = await buffers(database, READ_CONTACTS)
    async with held_snapshot(database):
        for _ in range(ROUNDS):
            await fleet.live()
        costs = await fleet.costs()
        whole = await buffers(database, "SELECT count(*) FROM ingest_batches")
        contacts = await buffers(database, READ_CONTACTS)
    # While pages are cleared of the dead by whoever reads them, this would prove nothing.
    assert whole > 5 * without["draw up the books"], (whole, without)
    assert contacts > 5 * fresh_contacts, (contacts, fresh_contacts)
    dear = {
        name: (without[name], cost)
        for name, cost in costs.items()
        if cost > 2 * without[name] + ALLOWANCE
    }
    assert not dear, (dear, costs)
