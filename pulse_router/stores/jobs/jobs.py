"""Jobs as people make, see and steer them; satisfies the API's `JobStore`.

A tenant's calls run under row-level security, the operator's (viewer None) as `pulse_operator`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Final

import attrs

from pulse_router.domain.dead_letters.jobs import (
    Job,
    JobFailure,
    JobForecast,
    JobOutcome,
    JobPlan,
    JobRefused,
    JobState,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.actors import Actor, current_actor
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.job_results import ALL_TENANTS
from pulse_router.stores.jobs.pages import forecast, newest_id
from pulse_router.stores.jobs.rows import COLUMNS, MORE, jobs_in, read_job, write_filter
from pulse_router.stores.lists import Key, List, find_page
from pulse_router.stores.reading import read_one
from pulse_router.stores.roles import Role

UNFINISHED_AT_MOST: Final = 20
"""How many jobs of a tenant may be neither done nor cancelled."""
KEPT_AT_MOST: Final = 100
"""How many jobs of a tenant are kept that are at their end, the newest."""
_FORECAST_SECONDS: Final = 50.0

_JOBS: Final = List(
    source="jobs",
    keys=[Key("id", "bigint")],
    descending=True,
    columns=COLUMNS.format(jobs="weighed"),
    joined=MORE.format(jobs="weighed"),
)
_FAILURES: Final = List(
    source="job_results",
    keys=[Key("dead_letter_id", "bigint")],
    columns="dead_letter_id, outcome, error, at",
)
_FROM: Final = {
    JobState.PAUSED: ["WAITING", "RUNNING"],
    JobState.WAITING: ["PAUSED", "STOPPED"],
    JobState.CANCELLED: ["WAITING", "RUNNING", "PAUSED", "STOPPED"],
}
"""From which states a person may bring a job into which."""

# What has failed is tried again by a job that has stopped for it.
_FORGET_FAILED: Final = """
WITH stopped AS (SELECT id FROM jobs WHERE id = $1 AND state = 'STOPPED' FOR UPDATE),
gone AS (
  DELETE FROM job_results USING stopped WHERE job_id = stopped.id AND outcome <> 'DONE'
)
UPDATE jobs SET cursor = 0, failed = 0, skipped = 0 FROM stopped WHERE jobs.id = stopped.id
"""

_FORGET_OLD: Final = """
WITH gone AS (
  DELETE FROM jobs WHERE tenant_id = $1 AND state IN ('DONE', 'CANCELLED') AND id <= (
    SELECT id FROM jobs WHERE tenant_id = $1 AND state IN ('DONE', 'CANCELLED')
    ORDER BY id DESC OFFSET $2 LIMIT 1)
  RETURNING id
)
DELETE FROM job_results USING gone WHERE job_id = gone.id
"""


class PostgresJobStore:
    """The jobs.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forecast(self, viewer: str | None, plan: JobPlan) -> JobForecast:
        """See the port."""
        async with self._transaction(viewer, seconds=_FORECAST_SECONDS) as transaction:
            return await forecast(transaction, await _frozen(transaction, plan))

    async def create_job(self, viewer: str | None, plan: JobPlan) -> Job | JobRefused:
        """See the port. It is counted in the transaction that makes it."""
        actor = current_actor() or Actor("", "operator", "", "")
        async with self._transaction(viewer, seconds=_FORECAST_SECONDS) as transaction:
            owner = plan.tenant_id or ALL_TENANTS
            unfinished = await transaction.fetch_value(
                "SELECT count(*) FROM jobs"
                " WHERE tenant_id = $1 AND state NOT IN ('DONE', 'CANCELLED')",
                owner,
            )
            if unfinished >= UNFINISHED_AT_MOST:
                return JobRefused.TOO_MANY
            await transaction.execute(_FORGET_OLD, owner, KEPT_AT_MOST)
            plan = await _frozen(transaction, plan)
            counted = await forecast(transaction, plan)
            number = await transaction.fetch_value(
                """
                INSERT INTO jobs (tenant_id, action, filter, up_to_id, route_id, staged, matched,
                                  matched_is_exact, subject, actor, request_id)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
                """,
                owner,
                plan.action.value,
                write_filter(plan.filter),
                plan.up_to_id,
                plan.route_id,
                plan.staged,
                counted.matched,
                counted.is_exact,
                actor.subject,
                actor.kind,
                actor.request_id,
            )
            row = await _load(transaction, number)
        assert row is not None  # noqa: S101 - it was just made
        return read_one(self._database, row, read_job)

    async def list_jobs(
        self, viewer: str | None, *, state: JobState | None, wanted: Wanted
    ) -> Found[Job]:
        """See the port."""
        return await find_page(
            self._database,
            _acting_for(viewer),
            _JOBS,
            wanted,
            read_job,
            conditions={
                "tenant_id = {}": viewer,
                "state = {}": None if state is None else state.value,
            },
            tenant_id=viewer,
        )

    async def load_job(self, viewer: str | None, job_id: int) -> Job | None:
        """See the port."""
        async with self._transaction(viewer, read_only=True) as transaction:
            row = await _load(transaction, job_id)
        return None if row is None else read_one(self._database, row, read_job)

    async def list_failures(
        self, viewer: str | None, job_id: int, wanted: Wanted
    ) -> Found[JobFailure]:
        """See the port."""
        return await find_page(
            self._database,
            _acting_for(viewer),
            _FAILURES,
            wanted,
            _read_failure,
            conditions={"job_id = {}": job_id, "outcome <> {}": JobOutcome.DONE.value},
            tenant_id=viewer,
        )

    async def move_job(
        self, viewer: str | None, job_id: int, state: JobState
    ) -> Job | JobRefused | None:
        """See the port."""
        async with self._transaction(viewer) as transaction:
            if state is JobState.WAITING:
                await transaction.execute(_FORGET_FAILED, job_id)
            moved = await transaction.change(
                """
                UPDATE jobs SET state = $2, reason = NULL, tried = 0,
                  ended_at = CASE WHEN $2 = 'CANCELLED' THEN now() END
                WHERE id = $1 AND state = ANY ($3::text[])
                """,
                job_id,
                state.value,
                _FROM[state],
            )
            row = await _load(transaction, job_id)
        if row is None:
            return None
        return read_one(self._database, row, read_job) if moved else JobRefused.NOT_NOW

    def _transaction(
        self, viewer: str | None, *, seconds: float | None = None, read_only: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        return self._database.transaction(
            _acting_for(viewer), tenant_id=viewer, statement_seconds=seconds, read_only=read_only
        )


async def _frozen(transaction: Transaction, plan: JobPlan) -> JobPlan:
    """Bound a plan by what there is now."""
    newest = await newest_id(transaction, plan.tenant_id)
    return attrs.evolve(plan, up_to_id=min(plan.up_to_id, newest))


async def _load(transaction: Transaction, job_id: int) -> Record | None:
    return await transaction.fetch_row(f"{jobs_in('jobs')} WHERE jobs.id = $1", job_id)


def _acting_for(viewer: str | None) -> Role:
    return Role.OPERATOR if viewer is None else Role.APP


def _read_failure(row: Record) -> JobFailure:
    return JobFailure(row["dead_letter_id"], JobOutcome(row["outcome"]), row["error"], row["at"])
