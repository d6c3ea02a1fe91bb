"""What became of single dead letters in a job, written in the transaction of that."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.dead_letters.jobs import JobOutcome
from pulse_router.postgres.transaction import Transaction

ALL_TENANTS: Final = ""
"""Whose the jobs are that operators have made for all tenants."""

# What is done is done, whatever it was taken for before; another end changes nothing more.
_NOTE: Final = """
INSERT INTO job_results (job_id, tenant_id, dead_letter_id, outcome, error)
SELECT $1, $2, numbers.id, $4, numbers.error
FROM unnest($3::bigint[], $5::text[]) AS numbers (id, error)
ON CONFLICT (job_id, dead_letter_id) DO UPDATE
SET outcome = excluded.outcome, error = excluded.error, at = now()
WHERE excluded.outcome = 'DONE' AND job_results.outcome <> 'DONE'
"""


async def note_results(
    transaction: Transaction,
    job_id: int,
    tenant_id: str | None,
    outcome: JobOutcome,
    errors: dict[int, str],
) -> None:
    """Note how a job has ended for some dead letters.

    Args:
        transaction: That of what has become of them.
        job_id: Which job.
        tenant_id: Whose it is; None for everybody's.
        outcome: How it has ended.
        errors: Why, in a sentence, by dead letter; empty where it is done.
    """
    if errors:
        await transaction.execute(
            _NOTE,
            job_id,
            tenant_id or ALL_TENANTS,
            list(errors),
            outcome.value,
            list(errors.values()),
        )
