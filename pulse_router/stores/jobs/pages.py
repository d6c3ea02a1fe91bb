"""Which dead letters a job is about: counted before it begins, found page by page as it goes.

A page looks at so many rows at the most, however few of them are meant: what is asked may have no
index.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.dead_letters.jobs import JobForecast, JobPage, JobPlan
from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.dead_letters.filters import conditions_of, written
from pulse_router.stores.lists import BY_ROWS

COUNTED_AT_MOST: Final = 1_000_000
"""Up to how many dead letters of a job are counted beforehand."""
ROUTES_TOLD: Final = 100
"""How many routes are told in a forecast."""
LOOKED_AT: Final = 2_000
"""How many dead letters are looked at for one page."""


async def newest_id(transaction: Transaction, tenant_id: str | None) -> int:
    """Give the highest id of a dead letter; 0 when there is none."""
    newest = await transaction.fetch_value(
        "SELECT max(id) FROM dead_letter_messages WHERE tenant_id = $1"
        if tenant_id is not None
        else "SELECT max(id) FROM dead_letter_messages WHERE $1::text IS NULL",
        tenant_id,
    )
    return newest or 0


async def forecast(transaction: Transaction, plan: JobPlan) -> JobForecast:
    """Count what a job would be about now."""
    values: list[object] = [plan.up_to_id, COUNTED_AT_MOST + 1, ROUTES_TOLD]
    rows = await transaction.fetch(
        f"""
        WITH found AS (
          SELECT route_id FROM dead_letter_messages
          WHERE id <= $1 AND {_asked(plan, plan.wanted, values)} LIMIT $2
        )
        SELECT route_id, count(*) AS count, sum(count(*)) OVER () AS matched
        FROM found GROUP BY route_id ORDER BY count DESC, route_id LIMIT $3
        """,  # noqa: S608 - fixed text
        *values,
    )
    matched = int(rows[0]["matched"]) if rows else 0
    return JobForecast(
        matched=min(matched, COUNTED_AT_MOST),
        is_exact=matched <= COUNTED_AT_MOST,
        up_to_id=plan.up_to_id,
        routes=[(row["route_id"], row["count"]) for row in rows],
    )


async def next_page(
    transaction: Transaction, job_id: int, plan: JobPlan, *, after: int, limit: int
) -> JobPage:
    """Find the next dead letters of a job, without those that have ended in it.

    Args:
        transaction: Where to ask.
        job_id: Which job.
        plan: What it does.
        after: The id that they come behind.
        limit: How many at the most.
    """
    values: list[object] = [job_id, after, plan.up_to_id, LOOKED_AT, limit]
    tenant = _of_tenant(plan, values)
    asked = written(conditions_of(plan.wanted), values)
    for name, value in BY_ROWS.items():
        await transaction.execute("SELECT set_config($1, $2, true)", name, value)
    row = await transaction.fetch_row(
        f"""
        WITH looked AS MATERIALIZED (
          SELECT id, status, route_id, error_message, device_id, destination_type, created_at
          FROM dead_letter_messages
          WHERE {tenant} AND id > $2 AND id <= $3 ORDER BY id LIMIT $4
        ), found AS (
          SELECT id FROM looked
          WHERE {asked} AND NOT EXISTS (
            SELECT FROM job_results WHERE job_id = $1 AND dead_letter_id = looked.id)
          ORDER BY id LIMIT $5
        )
        SELECT (SELECT count(*) FROM looked) AS looked, (SELECT max(id) FROM looked) AS last,
               ARRAY(SELECT id FROM found ORDER BY id) AS ids
        """,  # noqa: S608 - fixed text
        *values,
    )
    assert row is not None  # noqa: S101 - a count is a row
    ids, is_all = row["ids"], row["looked"] < LOOKED_AT
    if len(ids) >= limit:
        return JobPage(ids, ids[-1])
    return JobPage(ids, plan.up_to_id if is_all else row["last"])


def _asked(plan: JobPlan, asked: DeadLetterFilter, values: list[object]) -> str:
    return f"{_of_tenant(plan, values)} AND {written(conditions_of(asked), values)}"


def _of_tenant(plan: JobPlan, values: list[object]) -> str:
    return written({"tenant_id = {}": plan.tenant_id}, values)
