"""What the API's jobs need from the outside; the edges implement it."""

from __future__ import annotations

from typing import Protocol

from pulse_router.domain.dead_letters.jobs import (
    Job,
    JobFailure,
    JobForecast,
    JobPlan,
    JobRefused,
    JobState,
)
from pulse_router.runtime.pages import Found, Wanted


class JobStore(Protocol):
    """A tenant's jobs, or, where the viewer is None, everybody's, for the operator.

    Every method raises Unavailable when the database is away.
    """

    async def forecast(self, viewer: str | None, plan: JobPlan) -> JobForecast:
        """Count what a job would be about, by route, and change nothing."""
        ...

    async def create_job(self, viewer: str | None, plan: JobPlan) -> Job | JobRefused:
        """Make a job in the actor's name; it waits for its turn.

        Args:
            viewer: Who asks.
            plan: What it does; what comes later than now is none of it.

        Returns:
            The job, or that its tenant has too many that are not at their end.
        """
        ...

    async def list_jobs(
        self, viewer: str | None, *, state: JobState | None, wanted: Wanted
    ) -> Found[Job]:
        """Give a page of the jobs, newest first."""
        ...

    async def load_job(self, viewer: str | None, job_id: int) -> Job | None:
        """Give one job, or None when the viewer has no such one."""
        ...

    async def list_failures(
        self, viewer: str | None, job_id: int, wanted: Wanted
    ) -> Found[JobFailure]:
        """Give a page of what a job has not done, and why, in the order of the dead letters."""
        ...

    async def move_job(
        self, viewer: str | None, job_id: int, state: JobState
    ) -> Job | JobRefused | None:
        """Pause a job (PAUSED), resume it (WAITING), or cancel it (CANCELLED).

        One that has stopped by itself tries again, once resumed, what has failed.

        Returns:
            The job as it stands then, or that its state does not allow it, or None when the viewer
            has no such one.
        """
        ...
