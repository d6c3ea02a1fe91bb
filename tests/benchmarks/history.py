"""What showing a device's history costs, among millions of rows: the plan, and pages."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import attrs

from tests.benchmarks.telemetry_rows import BEGIN, DEVICES, TENANTS


async def fill(connection: Any, count: int, days: int) -> None:
    """Store `count` rows over `days`, each in the partition of its day, and four days ahead."""
    per_day = count // days
    begin = time.monotonic()
    for day in range(days + 4):
        midnight = BEGIN + timedelta(days=day)
        await connection.fetch("SELECT telemetry_make_partition($1)", midnight.date())
        if day < days:
            await connection.execute(
                f"""
                INSERT INTO telemetry
                SELECT n, $1::timestamptz + (n - $2) * $4::interval - random() * interval '2 s',
                       $1::timestamptz + (n - $2) * $4::interval,
                       'TENANT' || n % {TENANTS}, to_char(n % {DEVICES}, '"DEV-"FM00000'), 'SITE-1',
                       'telemetry',
                       jsonb_build_object('temperature', n % 1000 / 10.0, 'on', true), NULL
                FROM generate_series($2::bigint, $3::bigint) AS n
                """,
                midnight,
                day * per_day + 1,
                (day + 1) * per_day,
                timedelta(days=1) / per_day,
            )
    size = await connection.fetchrow(
        "SELECT sum(pg_table_size(oid))::float8, sum(pg_indexes_size(oid))::float8"
        " FROM pg_class WHERE relispartition AND relkind = 'r'"
    )
    print(
        f"\n{per_day * days} rows over {days} days, {DEVICES} devices of {TENANTS} tenants, filled"
        f" in {time.monotonic() - begin:.0f} s: {size[0] / 1e6:.0f} MB and"
        f" {size[1] / 1e6:.0f} MB of indexes ({size[1] / per_day / days:.1f} B a row)"
    )


@attrs.frozen
class Question:
    """One kind of page."""

    name: str
    start: datetime | None = None
    before: datetime | None = None
    offset: int = 0


def questions(days: int) -> list[Question]:
    end = BEGIN + timedelta(days=days)
    return [
        Question("the newest 100"),
        Question("100 of the last day", start=end - timedelta(days=1)),
        Question("100 before a cursor, half way", before=BEGIN + timedelta(days=days / 2)),
        Question("100 after an offset of 4,000", offset=4_000),
    ]


async def explain(connection: Any, question: Question) -> None:
    """Print the plan of the statement inside the function, under the function's settings."""
    source, settings = await connection.fetchrow(
        "SELECT prosrc, proconfig FROM pg_proc WHERE proname = 'telemetry_history'"
    )
    found = re.search(r"RETURN QUERY(.*?);", source, re.DOTALL)
    assert found is not None
    start = "-infinity" if question.start is None else question.start.isoformat()
    values = {
        "v_tenant_id": "'TENANT7'",
        "p_device_id": "'DEV-00317'",
        "v_from": f"timestamptz '{start}'",
        "v_received_from": f"(timestamptz '{start}' - interval '24 hours')",
        "v_end_time": f"timestamptz '{question.before or 'infinity'}'",
        "v_end_id": "0::bigint",
        "p_limit": "100",
        "p_offset": str(question.offset),
    }
    statement = re.sub(r"\b[vp]_\w+", lambda name: values[name[0]], found[1])
    async with connection.transaction():
        for setting in settings:
            name, _, value = setting.partition("=")
            await connection.execute(f"SELECT set_config('{name}', $1, true)", value)
        plan = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}")
    lines = [line[0] for line in plan]
    nodes = Counter(
        match[1].strip()
        for line in lines
        if (match := re.match(r"[ >-]*([A-Z][A-Za-z ]+?)(?: using .*| on .*)? \(actual", line))
    )
    print(f"  plan: {', '.join(f'{count} {node}' for node, count in nodes.items())}")
    print("  " + "; ".join(line.strip() for line in lines if " Time: " in line))
    print("  " + next(line.strip() for line in lines if "Buffers:" in line))


async def ask(connection: Any, question: Question, times: int) -> None:
    """Print how long pages of random devices take, and what was scanned for them."""
    rng, taken = random.Random(2), []
    scans = (
        "SELECT sum(seq_scan), sum(idx_scan), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables"
        " WHERE relname LIKE 'telemetry%'"
    )
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE pulse_app")
        before = await connection.fetchrow(scans)
        shown = 0
        for _ in range(times):
            device = rng.randrange(DEVICES)
            tenant = f"TENANT{device % TENANTS}"
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", tenant)
            begin = time.perf_counter()
            found = await connection.fetch(
                "SELECT * FROM telemetry_history($1, $2, NULL, $3, $4, 100, $5)",
                f"DEV-{device:05}",
                question.start,
                question.before,
                None if question.before is None else 0,
                question.offset,
            )
            taken.append((time.perf_counter() - begin) * 1000)
            shown += len(found)
        after = await connection.fetchrow(scans)
    used = [(new - old) / times for new, old in zip(after, before, strict=True)]
    print(
        f"  {shown / times:.0f} rows: {_spread(taken)};"
        f" a page: {used[0]:.0f} sequential scans, {used[1]:.0f} index scans,"
        f" {used[2]:.0f} rows read"
    )


async def count(connection: Any, times: int) -> None:
    """Print how long counting takes."""
    rng, taken, counted = random.Random(3), [], 0
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE pulse_app")
        for _ in range(times):
            device = rng.randrange(DEVICES)
            tenant = f"TENANT{device % TENANTS}"
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", tenant)
            begin = time.perf_counter()
            counted = await connection.fetchval(
                "SELECT telemetry_history_count($1, NULL, NULL, 10001)", f"DEV-{device:05}"
            )
            taken.append((time.perf_counter() - begin) * 1000)
    print(f"counting {counted} messages: {_spread(taken)}")


def _spread(taken: list[float]) -> str:
    worst = statistics.quantiles(taken, n=100)[98]
    return f"median {statistics.median(taken):.1f} ms, p99 {worst:.1f} ms"


async def show_history(url: str, rows: int, days: int, times: int) -> None:
    """Fill the table, and print what pages cost before and after it was analysed."""
    connection: Any = await asyncpg.connect(url)
    await fill(connection, rows, days)
    for state in ("as filled", "after VACUUM ANALYZE"):
        print(f"\n{state}")
        if state != "as filled":
            await connection.execute("VACUUM ANALYZE telemetry")
        for question in questions(days):
            print(question.name)
            await explain(connection, question)
            await ask(connection, question, times)
        await count(connection, times)
    await connection.close()
