"""`python -m tests.benchmarks.storage`: what storing a row costs, and what showing history costs.

First the candidates for the indexes: CPU of the server's process, write-ahead log and bytes
on disk, a row. Then a device's history among millions of rows over sixty days: the plan of the
statement inside the function, and how long pages take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import attrs
import click

from pulse_router.domain.messages import Message
from tests.benchmarks.history import show_history
from tests.benchmarks.stage import Usage, open_stage
from tests.benchmarks.telemetry_rows import DEVICES, rows

BATCH = 500
CANDIDATES: dict[str, str | tuple[str, ...]] = {
    "no index": "",
    "(tenant, device, time)": "(tenant_id, device_id, time)",
    "(tenant, device, time, event)": "(tenant_id, device_id, time, event_id)",
    "the same, and (tenant, event) to resume": (
        "(tenant_id, device_id, time, event_id)",
        "(tenant_id, event_id) WHERE msg_type = 'telemetry'",
    ),
    "(device, time)": "(device_id, time)",
    "(hash of tenant and device, time, event)": (
        "(hashtextextended(device_id, hashtextextended(tenant_id, 0)), time, event_id)"
    ),
    "BRIN (time)": "USING brin (time)",
}
CHOSEN = "as shipped, in a partition of its day"


@attrs.frozen
class WriteCost:
    """What one row costs."""

    cpu_microseconds: float
    wal_bytes: float
    index_bytes: float
    table_bytes: float


async def measure_write(
    connection: Any, table: str, relations: str, made: Sequence[Message]
) -> WriteCost:
    """COPY in batches, as ingest does.

    Args:
        connection: Whose process is measured.
        table: Where to.
        relations: The tables that grow by it, as a list of SQL.
        made: What to store.
    """
    await connection.execute("CHECKPOINT")
    pid = connection.get_server_pid()
    log = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
    before = Usage.of(pid).cpu_seconds
    for at in range(0, len(made), BATCH):
        await connection.copy_records_to_table(
            table, columns=Message._fields, records=made[at : at + BATCH]
        )
    used = Usage.of(pid).cpu_seconds - before
    size = await connection.fetchrow(
        "SELECT pg_current_wal_insert_lsn() - $1::pg_lsn, sum(pg_indexes_size(name)),"
        f" sum(pg_table_size(name)) FROM unnest(ARRAY[{relations}]::regclass[]) AS name",
        log,
    )
    count = len(made)
    return WriteCost(used / count * 1e6, *(float(value) / count for value in size))


async def compare_indexes(url: str, count: int, rounds: int) -> None:
    """Print what each candidate costs; the least CPU of the rounds counts."""
    connection: Any = await asyncpg.connect(url)
    made, costs = rows(count), dict[str, WriteCost]()
    for _ in range(rounds):
        for name, index in CANDIDATES.items():
            await connection.execute(
                "DROP TABLE IF EXISTS candidate; CREATE TABLE candidate (LIKE telemetry)"
            )
            for one in (index,) if isinstance(index, str) else index:
                if one:
                    await connection.execute(f"CREATE INDEX ON candidate {one}")
            cost = await measure_write(connection, "candidate", "'candidate'", made)
            costs[name] = min(cost, costs.get(name, cost), key=lambda one: one.cpu_microseconds)
        await connection.execute("DROP TABLE IF EXISTS telemetry_20260101")
        await connection.fetch("SELECT telemetry_make_partition('2026-01-01')")
        cost = await measure_write(connection, "telemetry", "'telemetry_20260101'", made)
        costs[CHOSEN] = min(cost, costs.get(CHOSEN, cost), key=lambda one: one.cpu_microseconds)
    await connection.execute("DROP TABLE telemetry_20260101")
    await connection.close()
    print(f"\n{count} rows by COPY, {BATCH} at a time, {DEVICES} devices; a row costs")
    print(f"{'index':42} {'CPU µs':>7} {'log B':>7} {'index B':>8} {'table B':>8}")
    for name, cost in costs.items():
        print(
            f"{name:42} {cost.cpu_microseconds:7.2f} {cost.wal_bytes:7.0f}"
            f" {cost.index_bytes:8.1f} {cost.table_bytes:8.1f}"
        )


@click.command()
@click.option("--rows", default=5_000_000, show_default=True, help="Rows of the history.")
@click.option("--days", default=60, show_default=True, help="Days that they are spread over.")
@click.option("--copies", default=200_000, show_default=True, help="Rows for each index.")
@click.option("--rounds", default=3, show_default=True, help="Rounds for each index.")
@click.option("--pages", default=200, show_default=True, help="Pages of each kind.")
def main(rows: int, days: int, copies: int, rounds: int, pages: int) -> None:
    """Measure what storing a row and showing history cost."""
    with open_stage() as stage:
        url = stage.admin_url(stage.create_database())
        asyncio.run(compare_indexes(url, copies, rounds))
        asyncio.run(show_history(url, rows, days, pages))


if __name__ == "__main__":
    main()
