"""Receipts: what they take on the disk once they are put together, and how fast one is found.

What settling costs is in the figures of `tests.benchmarks.delivery`. A database of its own, filled
with what settlements of a few deliveries each leave over a day, of routes of several tenants.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

import click
import trio_asyncio

from pulse_router.postgres.database import open_database
from pulse_router.stores.receipts.merging import merge_receipts
from pulse_router.stores.receipts.receipts import PostgresReceipts
from tests.benchmarks.stage import Stage, cpu_of_servers, open_stage
from tests.support.apart import run_apart

ROUTES = 20
BATCH = 46
"""What a settlement writes at 2,300 deliveries a second."""
CHUNK = 1_000_000
FIRST_ID = 324_000_000_000_000_000
STEP = 1024
FILL = f"""
INSERT INTO receipt_deltas
  (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
   first_settled_at, settled_at, event_ids, delivery_ids, attempts, milliseconds,
   run_settled_at, run_statuses, run_counts)
SELECT 'TENANT' || route % 4, route, min(id), max(id), min(id) + 500 * {STEP},
       max(id) + 500 * {STEP}, at, at, array_agg(id), array_agg(id + 500 * {STEP}),
       array_agg(1), array_agg((2 + random() ^ 4 * 90)::integer), ARRAY[at], '{{{{200}}}}',
       ARRAY[count(*)::integer]
FROM (
  SELECT {FIRST_ID} + (n * 9 + (random() * 8)::bigint) * {STEP} AS id,
         1 + n / {BATCH} % {ROUTES} AS route, n / {BATCH} AS batch
  FROM generate_series({{first}}::bigint, {{first}} + {CHUNK} - 1) AS n
) AS deliveries, LATERAL (
  SELECT date_trunc('day', now())
         + batch * {BATCH}::double precision / {{count}} * interval '23 hours' AS at
) AS settled
GROUP BY route, batch, at ORDER BY batch
"""
TODAY = "(now() AT TIME ZONE 'UTC')::date"
SOME = """
SELECT tenant_id || ' ' || event_ids[cardinality(event_ids) / 2] || ' '
       || delivery_ids[cardinality(event_ids) / 2]
FROM delivery_receipts ORDER BY random() LIMIT {lookups}
"""


def fill(stage: Stage, name: str, count: int) -> float:
    """Write so many, and put them together; gives the CPU of that, in µs a receipt."""
    spent = 0.0

    async def merge() -> None:
        async with trio_asyncio.open_loop(), open_database(stage.login_url(name)) as database:
            await merge_receipts(database)

    for first in range(0, count, CHUNK):
        stage.postgres.psql(name, FILL.format(first=first, count=count))
        before = cpu_of_servers(stage.postgres)
        run_apart(merge)
        spent += cpu_of_servers(stage.postgres) - before
    return spent / count * 1e6


@click.command()
@click.option("--count", default=10_000_000, show_default=True, help="How many receipts.")
@click.option("--lookups", default=300, show_default=True, help="How many are looked for.")
def main(count: int, lookups: int) -> None:
    """Measure receipts on this machine."""
    with open_stage() as stage:
        name = stage.create_database()
        stage.postgres.psql(name, f"SELECT receipts_make_partition({TODAY})")
        cost = fill(stage, name, count)
        taken = int(stage.postgres.psql(name, f"SELECT pulse_receipt_bytes({TODAY})"))
        left = stage.count(name, "receipt_deltas")
        print(
            f"{count:,} receipts: {taken / count:.1f} bytes each, {left} rows wait,"
            f" {cost:.2f} µs of PostgreSQL's CPU each to put them together"
        )
        some = stage.postgres.psql(name, SOME.format(lookups=lookups)).splitlines()
        for kind, took in look(stage, name, some).items():
            p99 = sorted(took)[int(len(took) * 0.99)]
            print(f"  {kind}: p50 {statistics.median(took) * 1e3:.1f}, p99 {p99 * 1e3:.1f} ms")


def look(stage: Stage, name: str, some: Sequence[str]) -> Mapping[str, Sequence[float]]:
    """Look for receipts, each given as its tenant and its ids; gives the seconds by kind."""
    seconds: dict[str, list[float]] = {"by event": [], "by delivery": [], "of nothing": []}

    async def find() -> None:
        async with (
            trio_asyncio.open_loop(),
            open_database(stage.login_url(name)) as database,
        ):
            receipts = PostgresReceipts(database)
            for line in some:
                tenant, event_id, delivery_id = line.split()
                for kind, ids in (
                    ("by event", {"event_id": int(event_id)}),
                    ("by delivery", {"delivery_id": int(delivery_id)}),
                    ("of nothing", {"event_id": int(event_id) + 1}),
                ):
                    start = time.perf_counter()
                    found = await receipts.find(tenant, **ids)
                    seconds[kind].append(time.perf_counter() - start)
                    assert len(found) == (kind != "of nothing")

    run_apart(find)
    return seconds


if __name__ == "__main__":
    main()
