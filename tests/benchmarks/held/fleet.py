"""What devices and batches cost after an hour under a held snapshot, beside what they cost before.

In milliseconds and in buffers: these do not depend on what else the machine does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import attrs
import trio
import trio_asyncio

from pulse_router.postgres.database import Database, open_database
from pulse_router.runtime.ledger import NOBODY, OTHERS
from pulse_router.runtime.pages import Wanted
from pulse_router.stores import backlogs, operators
from pulse_router.stores.deltas import READ_ROUTE_MARK, merge_deltas
from pulse_router.stores.devices import devices, source
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.ingest import ledger, sessions, statements
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.ingest.pruning import PACKET_IDS
from pulse_router.stores.lists import BY_ROWS, Question
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import stats
from tests.benchmarks.held.queries import Query, median, show
from tests.benchmarks.stage import Stage
from tests.support.delivery.held_snapshot import held_snapshot

DEVICES: Final = 1_000
ROUTES: Final = 200
ROUNDS: Final = 120
"""How often within an hour it is written when devices were heard of."""
PRUNINGS: Final = 30
COMMITS: Final = 200
"""How many commits of a message lie between two prunings, of which a round has so many."""
LOOKED_UP: Final = [f"D{number}" for number in range(100)]
SETTLEMENTS: Final = 20

FILL: Final = f"""
INSERT INTO devices (tenant_id, device_id)
SELECT 'T', 'D' || n FROM generate_series(1, {DEVICES}) AS n;
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n;
"""
COMMIT: Final = """
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT 'bench', n, 1, n, ARRAY[n % 65535], ARRAY[n], 1, 1, 0, 0, 0, 1, 0,
       '{"T": {"stored": 1, "queued": 1}}'
FROM generate_series($1::bigint, $1 + $2 - 1) AS n
"""
SETTLE: Final = """
INSERT INTO route_deltas (route_id, tenant_id, delivered)
SELECT 1 + n % $2, 'T', 5 FROM generate_series(1, $1::bigint) AS n
"""
SETTLE_BOOKS: Final = (
    "INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ('T', 'delivered', 5)"
)
NOTE_ALL: Final = """
SELECT pulse_note_last_seen(
  $1::text[], $2::text[],
  array_fill($3::timestamptz + (clock_timestamp() - $4::timestamptz),
             ARRAY[cardinality($1::text[])]))
"""
"""Notes a newer time at each call."""


@attrs.define
class Fleet:
    """Devices that speak, the commits that it makes, and what is added to the totals."""

    database: Database
    source: PostgresDeviceSource
    store: PostgresIngestStore
    now: datetime = datetime(2026, 2, 16, 12, tzinfo=UTC)
    sequence: int = 1
    devices: list[str] = attrs.field(
        factory=lambda: [f"D{number}" for number in range(1, DEVICES + 1)]
    )

    async def live(self, rounds: int) -> None:
        for _ in range(rounds):
            self.now += timedelta(seconds=30)
            await self.source.write_last_seen([(("T", name), self.now) for name in self.devices])
            for _ in range(PRUNINGS):
                async with self.database.transaction(Role.INGEST) as transaction:
                    await transaction.execute(COMMIT, self.sequence, COMMITS)
                self.sequence += COMMITS
                await self.store.prune()
            async with self.database.transaction(Role.OPERATOR) as transaction:
                await transaction.execute(SETTLE, SETTLEMENTS * ROUTES, ROUTES)
                for _ in range(SETTLEMENTS):
                    await transaction.execute(SETTLE_BOOKS)
            await merge_deltas(self.database, Role.OPERATOR)

    async def queries(self) -> Mapping[str, Query]:
        page = Question()
        listed = page.ask(devices._DEVICES, {"tenant_id = {}": "T"}, Wanted(limit=50))
        by_rows = ";".join(f"SET LOCAL {name} = {value}" for name, value in BY_ROWS.items())
        [mark] = await self.database.query(Role.OPERATOR, READ_ROUTE_MARK, read_only=True)
        of_route = ("T", 1, 10_001, mark["entered"], mark["in_doubt"])
        ingest = partial(Query, role=Role.INGEST)
        return {
            "look 100 devices up": ingest(
                source._LOOK_UP, (["T"] * len(LOOKED_UP), LOOKED_UP, ["T"])
            ),
            "note 1,000 last contacts": ingest(
                NOTE_ALL, (["T"] * DEVICES, self.devices, self.now, datetime.now(UTC))
            ),
            "draw up the books": Query(ledger._AUDIT, (100, 100_000, OTHERS, NOBODY)),
            "depth by the books": Query(ledger._PENDING),
            "who is above a bound": Query(backlogs._OVER, (1, 1, [], [], [], NOBODY)),
            "start: what was seen": ingest(statements.LOAD_SEEN, ("bench", PACKET_IDS)),
            "start: whose it was": ingest(statements.KNOWN_TENANTS),
            "start: how much came": ingest(sessions._TRAFFIC, ("bench",)),
            "page: 50 devices": Query(listed, tuple(page.values), "T", by_rows),
            "page: totals of a route": Query(stats._STATS, of_route, "T"),
            "page: the tenants": Query(
                operators._FIGURES, (20, 0, 10_000, None), before=operators._ALONG_INDEXES
            ),
        }

    async def costs(self) -> dict[str, tuple[float, int | None]]:
        """Give the median of each in milliseconds, and its buffers."""
        found: dict[str, tuple[float, int | None]] = {}
        for name, query in (await self.queries()).items():
            milliseconds = await median(partial(query.ask, self.database))
            found[name] = (milliseconds, await query.count(self.database))
        self.now += timedelta(hours=1)
        found["prune and merge 200 commits"] = (await median(self._prune), None)
        return found

    async def _prune(self) -> None:
        async with self.database.transaction(Role.INGEST) as transaction:
            await transaction.execute(COMMIT, self.sequence, COMMITS)
        self.sequence += COMMITS
        await self.store.prune()


async def _measure(stage: Stage, name: str, rounds: int) -> None:
    async with trio_asyncio.open_loop(), open_database(stage.login_url(name)) as database:
        store = PostgresIngestStore(database, client_id="bench", owner="bench")
        await store.begin()
        fleet = Fleet(database, PostgresDeviceSource(database), store)
        await fleet.live(1 + PACKET_IDS // (COMMITS * PRUNINGS))  # all that is ever kept
        stage.postgres.psql(name, "VACUUM ANALYZE")
        without = await fleet.costs()
        async with held_snapshot(database):
            await fleet.live(rounds)
            held = await fleet.costs()
    show(without, held)


def run(stage: Stage, *, rounds: int = ROUNDS) -> None:
    """Measure before, and under a snapshot that is held while devices speak."""
    print(
        f"\nHeld snapshot: before, and after {rounds} half minutes, {DEVICES:,} devices,"
        f" {rounds * PRUNINGS * COMMITS:,} commits"
    )
    name = stage.create_database()
    stage.postgres.psql(name, FILL)
    trio.run(_measure, stage, name, rounds)
    stage.drop_database(name)
