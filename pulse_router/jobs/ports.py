"""What jobs need from the outside; edges and other stages implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from pulse_router.domain.dead_letters.jobs import Job, JobPage, JobState, LetterResult


class JobWork(Protocol):
    """The jobs that are to be worked on.

    Every method raises Unavailable when the database is away, or it is not known to be written;
    all may be called again then.
    """

    async def take(self, in_hand: Collection[int]) -> Job | None:
        """Take the job whose turn it is, of those that no other living router holds.

        One of each tenant runs at a time.

        Args:
            in_hand: The jobs that this router has in hand right now.
        """
        ...

    async def is_running(self, job: Job) -> bool:
        """Tell whether a job that was taken is still to be worked on, by this router."""
        ...

    async def find_page(self, job: Job, *, limit: int) -> JobPage:
        """Find the next dead letters of a job, without those that have ended in it."""
        ...

    async def count(self, job: Job, *, cursor: int, skipped: Mapping[int, str]) -> Job:
        """Add up what was noted of a job, and go on to a later place.

        Args:
            job: Which one.
            cursor: Up to which id all is done.
            skipped: What was passed over, and why, by dead letter.

        Returns:
            The job as it stands then.
        """
        ...

    async def apply(self, job: Job, *, limit: int) -> Job:
        """Do with the next page what is done in the table alone: discard, restore, purge.

        Args:
            job: Which one; when it is no longer to be worked on, nothing is done.
            limit: How many at the most.

        Returns:
            The job as it stands then.
        """
        ...

    async def end(self, job: Job, state: JobState, reason: str | None) -> None:
        """Note that a job that is running has come to its end, or has stopped, and why."""
        ...

    async def release(self) -> None:
        """Give all jobs back, for this router stops."""
        ...


class JobReplays(Protocol):
    """Has dead letters of a job delivered once more."""

    async def replay_for_job(
        self,
        job: Job,
        dead_letter_ids: Sequence[int],
        *,
        tried: set[int],
        goes_on: Callable[[], bool],
    ) -> Mapping[int, LetterResult]:
        """Attempt several once, each claimed before; what has ended is noted with the end itself.

        Args:
            job: For which.
            dead_letter_ids: Which ones, each once.
            tried: The routes that it has attempted before; those of now are added.
            goes_on: Asked before each whether it is to begin.

        Returns:
            How each ended that was begun.
        """
        ...
