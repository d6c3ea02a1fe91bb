"""Jobs as a router works on them; satisfies the stage's `JobWork`.

Runs as `pulse_operator`. A job is worked by one life of a router at a time, which is judged by its
heartbeats (`stores/heartbeats.py`). Should two take it for theirs for a moment, nothing is done
twice: dead letters are claimed, and each end is counted once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal

from pulse_router.domain.dead_letters.jobs import (
    FITS,
    Job,
    JobAction,
    JobOutcome,
    JobPage,
    JobState,
)
from pulse_router.domain.errors import Unreadable
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.actors import Actor, acting
from pulse_router.stores.dead_letters.claims import CLAIMED
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.ingest.ledger import add_to_totals, tally
from pulse_router.stores.job_results import note_results
from pulse_router.stores.jobs.pages import next_page
from pulse_router.stores.jobs.rows import jobs_in, read_job
from pulse_router.stores.reading import read_one
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

LOOKED_AT: Final = 200
"""How many jobs are looked at for one that may be taken."""
BEING_REPLAYED: Final = "it is being replayed"
_READ_BY_NOBODY: Final = "it is stored in a form that this version cannot read"

_TO_WORK: Final = """
SELECT id, tenant_id, state, life, (SELECT 'beat ' || beat FROM pulse_newest_beat(life)) AS sign
FROM jobs
WHERE state IN ('WAITING', 'RUNNING') AND id <> ALL ($1::bigint[])
  AND (state = 'RUNNING' OR NOT EXISTS (
    SELECT FROM jobs AS other WHERE other.tenant_id = jobs.tenant_id AND other.state = 'RUNNING'))
ORDER BY turn, id LIMIT $2 FOR UPDATE OF jobs SKIP LOCKED
"""
_TAKE: Final = f"""
WITH taken AS (
  UPDATE jobs SET state = 'RUNNING', life = $2, turn = nextval('job_turns'),
                  started_at = coalesce(started_at, now())
  WHERE id = $1 RETURNING *
)
{jobs_in("taken")}
"""  # noqa: S608 - fixed text
# Each end is added as what it is, and taken off as what it was counted as before. The cursor is
# moved by the life alone that holds the job.
_COUNT: Final = f"""
WITH changed AS (
  SELECT dead_letter_id, outcome, counted_as FROM job_results
  WHERE job_id = $1 AND outcome IS DISTINCT FROM counted_as FOR UPDATE
), gone AS (
  DELETE FROM job_results USING changed
  WHERE job_id = $1 AND job_results.dead_letter_id = changed.dead_letter_id
    AND changed.outcome = 'DONE'
), kept AS (
  UPDATE job_results SET counted_as = changed.outcome FROM changed
  WHERE job_id = $1 AND job_results.dead_letter_id = changed.dead_letter_id
    AND changed.outcome <> 'DONE'
), sums AS (
  SELECT count(*) FILTER (WHERE outcome = 'DONE') AS done,
         count(*) FILTER (WHERE outcome = 'FAILED')
           - count(*) FILTER (WHERE counted_as = 'FAILED') AS failed,
         count(*) FILTER (WHERE outcome = 'SKIPPED')
           - count(*) FILTER (WHERE counted_as = 'SKIPPED') AS skipped
  FROM changed
)
UPDATE jobs SET done = {in_bigint("jobs.done::numeric + sums.done")},
  failed = {in_bigint("jobs.failed::numeric + sums.failed")},
  skipped = {in_bigint("jobs.skipped::numeric + sums.skipped")},
  tried = {in_bigint("tried::numeric + sums.done + sums.failed")},
  cursor = CASE WHEN life = $3 THEN greatest(cursor, $2) ELSE cursor END
FROM sums WHERE id = $1
"""  # noqa: S608 - fixed text
_ADD_DONE: Final = f"""
UPDATE jobs SET done = {in_bigint("done::numeric + $2::bigint")} WHERE id = $1
"""  # noqa: S608 - fixed text
_CHANGES: Final[Mapping[JobAction, str]] = {
    JobAction.DISCARD: "UPDATE dead_letter_messages SET status = 'DISCARDED'",
    JobAction.RESTORE: "UPDATE dead_letter_messages SET status = 'FAILED'",
    JobAction.PURGE: "DELETE FROM dead_letter_messages",
}


class PostgresJobWork:
    """The jobs that are to be worked on.

    Args:
        database: Where they are kept.
        heartbeats: What this life of the router has seen of others.
    """

    def __init__(self, database: Database, *, heartbeats: Heartbeats) -> None:
        self._database = database
        self._heartbeats = heartbeats

    async def take(self, in_hand: Collection[int]) -> Job | None:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            rows = await transaction.fetch(_TO_WORK, list(in_hand), LOOKED_AT)
            free = next((row for row in rows if self._is_free(row)), None)
            if free is None:
                return None
            taken = await transaction.fetch_row(_TAKE, free["id"], self._heartbeats.life)
            assert taken is not None  # noqa: S101 - the row is locked
            try:
                return read_one(self._database, taken, read_job)
            except Unreadable:
                await transaction.execute(
                    "UPDATE jobs SET state = 'STOPPED', reason = $2 WHERE id = $1",
                    free["id"],
                    _READ_BY_NOBODY,
                )
                return None

    async def is_running(self, job: Job) -> bool:
        """See the port."""
        rows = await self._database.query(
            Role.OPERATOR,
            "SELECT FROM jobs WHERE id = $1 AND state = 'RUNNING' AND life = $2",
            job.id,
            self._heartbeats.life,
            read_only=True,
        )
        return bool(rows)

    async def find_page(self, job: Job, *, limit: int) -> JobPage:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            return await next_page(transaction, job.id, job.plan, after=job.cursor, limit=limit)

    async def count(self, job: Job, *, cursor: int, skipped: Mapping[int, str]) -> Job:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await note_results(
                transaction, job.id, job.plan.tenant_id, JobOutcome.SKIPPED, dict(skipped)
            )
            await transaction.execute(_COUNT, job.id, cursor, self._heartbeats.life)
            return await self._load(transaction, job.id)

    async def apply(self, job: Job, *, limit: int) -> Job:
        """See the port. It is one transaction, so that each is changed and counted once."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            held = await transaction.fetch_value(
                "SELECT cursor FROM jobs"
                " WHERE id = $1 AND state = 'RUNNING' AND life = $2 FOR UPDATE",
                job.id,
                self._heartbeats.life,
            )
            if held is None:
                return await self._load(transaction, job.id)
            page = await next_page(transaction, job.id, job.plan, after=held, limit=limit)
            changed = await _change(transaction, job.plan.action, page.ids)
            left = await _left(transaction, job.plan.action, set(page.ids) - set(changed))
            await note_results(
                transaction,
                job.id,
                job.plan.tenant_id,
                JobOutcome.SKIPPED,
                dict.fromkeys(left, BEING_REPLAYED),
            )
            await transaction.execute(_COUNT, job.id, page.cursor, self._heartbeats.life)
            await transaction.execute(_ADD_DONE, job.id, len(changed))
            return await self._load(transaction, job.id)

    async def end(self, job: Job, state: JobState, reason: str | None) -> None:
        """See the port. It is written down in the name of who has made it."""
        kind: Literal["operator", "customer"] = (
            "operator" if job.actor == "operator" else "customer"
        )
        actor = Actor(job.subject, kind, "end_job", job.request_id)
        with acting(actor):
            async with self._database.transaction(Role.OPERATOR) as transaction:
                await transaction.execute(
                    """
                    UPDATE jobs SET state = $2, reason = $3,
                      ended_at = CASE WHEN $2 = 'DONE' THEN now() END
                    WHERE id = $1 AND state = 'RUNNING' AND life = $4
                    """,
                    job.id,
                    state.value,
                    reason,
                    self._heartbeats.life,
                )

    async def release(self) -> None:
        """See the port."""
        async with self._database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(
                "UPDATE jobs SET life = NULL WHERE life = $1 AND state = 'RUNNING'",
                self._heartbeats.life,
            )

    def _is_free(self, row: Record) -> bool:
        life = row["life"]
        if life is None or life == self._heartbeats.life:
            return True
        return self._heartbeats.is_still(f"life {life}", row["sign"])

    async def _load(self, transaction: Transaction, job_id: int) -> Job:
        row = await transaction.fetch_row(f"{jobs_in('jobs')} WHERE jobs.id = $1", job_id)
        if row is None:
            raise Unreadable("the job is gone")
        return read_one(self._database, row, read_job)


async def _change(transaction: Transaction, action: JobAction, ids: Sequence[int]) -> Sequence[int]:
    """Change the status of dead letters, or remove them, with what that is to the books."""
    rows = await transaction.fetch(
        f"""
        {_CHANGES[action]}
        WHERE id = ANY ($1::bigint[]) AND status = ANY ($2::text[]) AND NOT {CLAIMED}
        RETURNING id, tenant_id, status
        """,
        list(ids),
        [status.value for status in FITS[action]],
    )
    match action:
        case JobAction.DISCARD:
            ends = [(row["tenant_id"], 1) for row in rows]
        case JobAction.RESTORE:
            ends = [(row["tenant_id"], -1) for row in rows]
        case _:
            ends = [(row["tenant_id"], 1) for row in rows if row["status"] == "FAILED"]
    await add_to_totals(transaction, tally(ends, "discarded"))
    return [row["id"] for row in rows]


async def _left(transaction: Transaction, action: JobAction, ids: Collection[int]) -> Sequence[int]:
    """Tell which of those that were not changed are still such as they should be."""
    if not ids:
        return ()
    rows = await transaction.fetch(
        "SELECT id FROM dead_letter_messages"
        " WHERE id = ANY ($1::bigint[]) AND status = ANY ($2::text[])",
        sorted(ids),
        [status.value for status in FITS[action]],
    )
    return [row["id"] for row in rows]
