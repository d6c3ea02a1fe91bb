"""A job as it is stored: its filter as JSON in the API's words, its counts in columns."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from msgspec import field

from pulse_router.domain.dead_letters.jobs import Job, JobAction, JobPlan, JobState
from pulse_router.domain.dead_letters.selection import Cause, DeadLetterFilter
from pulse_router.domain.deliveries import DeadLetterStatus
from pulse_router.postgres.transaction import Record
from pulse_router.stores.job_results import ALL_TENANTS
from pulse_router.stores.sums import in_bigint

# What is not added up yet counts as well: what is told is always what is in the table.
COLUMNS: Final = f"""
{{jobs}}.id, {{jobs}}.tenant_id, action, filter, up_to_id, route_id, staged, state, reason, matched,
matched_is_exact, cursor, tried, subject, actor, request_id, created_at, started_at, ended_at,
{in_bigint("{jobs}.done::numeric + more.done")} AS done,
{in_bigint("{jobs}.failed::numeric + more.failed")} AS failed,
{in_bigint("{jobs}.skipped::numeric + more.skipped")} AS skipped
"""
MORE: Final = """
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE outcome = 'DONE') AS done,
         count(*) FILTER (WHERE outcome = 'FAILED')
           - count(*) FILTER (WHERE counted_as = 'FAILED') AS failed,
         count(*) FILTER (WHERE outcome = 'SKIPPED')
           - count(*) FILTER (WHERE counted_as = 'SKIPPED') AS skipped
  FROM job_results WHERE job_id = {jobs}.id AND outcome IS DISTINCT FROM counted_as
) AS more ON true
"""


def jobs_in(table: str) -> str:
    """Give the query for the jobs in a table, as `read_job` reads them."""
    return f"SELECT {COLUMNS.format(jobs=table)} FROM {table} {MORE.format(jobs=table)}"  # noqa: S608 - fixed text


class _StoredFilter(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    status: list[DeadLetterStatus] = []
    route_id: list[int] = []
    error: str | None = None
    cause: Cause | None = None
    device_id: str | None = None
    destination_type: str | None = None
    start: datetime | None = field(name="from", default=None)
    end: datetime | None = field(name="to", default=None)
    before: int | None = None


def write_filter(asked: DeadLetterFilter) -> str:
    """Write a filter as it is stored."""
    stored = _StoredFilter(
        status=list(asked.statuses),
        route_id=list(asked.route_ids),
        error=asked.error,
        cause=asked.cause,
        device_id=asked.device_id,
        destination_type=asked.destination_type,
        start=asked.start,
        end=asked.end,
        before=asked.before,
    )
    return msgspec.json.encode(stored).decode()


def read_job(row: Record) -> Job:
    """Make a job of a row that has `COLUMNS`."""
    tenant_id = row["tenant_id"]
    plan = JobPlan(
        tenant_id=None if tenant_id == ALL_TENANTS else tenant_id,
        action=JobAction(row["action"]),
        filter=_read_filter(row["filter"]),
        up_to_id=row["up_to_id"],
        route_id=row["route_id"],
        staged=row["staged"],
    )
    return Job(
        id=row["id"],
        plan=plan,
        state=JobState(row["state"]),
        reason=row["reason"],
        matched=row["matched"],
        matched_is_exact=row["matched_is_exact"],
        cursor=row["cursor"],
        done=row["done"],
        failed=row["failed"],
        skipped=row["skipped"],
        tried=row["tried"],
        subject=row["subject"],
        actor=row["actor"],
        request_id=row["request_id"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def _read_filter(text: str) -> DeadLetterFilter:
    """Read a filter; with what this version does not know, it would be about more than is meant.

    Raises:
        MsgspecError: It is of another form.
    """
    stored = msgspec.json.decode(text, type=_StoredFilter)
    return DeadLetterFilter(
        statuses=stored.status,
        route_ids=stored.route_id,
        error=stored.error,
        cause=stored.cause,
        device_id=stored.device_id,
        destination_type=stored.destination_type,
        start=stored.start,
        end=stored.end,
        before=stored.before,
    )
