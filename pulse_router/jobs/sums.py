"""What a page of replays comes to: what was passed over, how far the job is, whether it stops."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pulse_router.domain.dead_letters.jobs import (
    FIRST_STAGES,
    Job,
    JobPage,
    LetterEnd,
    LetterResult,
)


@attrs.frozen(kw_only=True)
class PageSums:
    """What a page comes to.

    Attributes:
        cursor: Up to which id all is done.
        skipped: What was passed over, and why, by dead letter.
        later: What had no turn, and why; it is asked for again.
        stops: Why the job stops; None when it goes on.
        is_stuck: Whether nothing of it has ended.
        end_of_page: Up to which id all is done, once nothing is asked for again.
    """

    cursor: int
    skipped: Mapping[int, str]
    later: Mapping[int, str]
    stops: str | None
    is_stuck: bool
    end_of_page: int

    def given_up(self) -> PageSums:
        """Pass over what had no turn, again and again."""
        return attrs.evolve(
            self,
            cursor=self.end_of_page,
            skipped={**self.skipped, **self.later},
            later={},
            is_stuck=False,
        )


def sum_up(job: Job, page: JobPage, results: Mapping[int, LetterResult]) -> PageSums:
    """Tell what a page of replays comes to.

    Args:
        job: The job, as it stood before.
        page: What was to be replayed.
        results: How each ended that was begun.
    """
    by_end: dict[LetterEnd, dict[int, str]] = {end: {} for end in LetterEnd}
    for number, result in results.items():
        by_end[result.end][number] = result.error
    stops = _reason_to_stop(job, by_end)
    skipped, later = by_end[LetterEnd.SKIPPED], by_end[LetterEnd.LATER]
    left = {number for number in page.ids if number not in results} | set(later)
    if stops is None:
        skipped = skipped | by_end[LetterEnd.REFUSED]
    else:  # these are still to be replayed, when somebody has mended the endpoint
        left |= set(by_end[LetterEnd.REFUSED])
    has_ended = bool(skipped or by_end[LetterEnd.DONE] or by_end[LetterEnd.FAILED])
    return PageSums(
        cursor=min(left) - 1 if left else page.cursor,
        skipped=skipped,
        later=later,
        stops=stops,
        is_stuck=bool(later) and not has_ended and stops is None,
        end_of_page=page.cursor if len(left) == len(later) else job.cursor,
    )


def _reason_to_stop(job: Job, by_end: Mapping[LetterEnd, Mapping[int, str]]) -> str | None:
    """Say why a careful job does not go on: one of the first has failed, or an endpoint is dead."""
    if not job.plan.staged:
        return None
    if job.tried < FIRST_STAGES and (failed := by_end[LetterEnd.FAILED]):
        number, error = next(iter(failed.items()))
        return f"the replay of {number}, one of the first, has failed: {error}"
    if refused := by_end[LetterEnd.REFUSED]:
        return next(iter(refused.values()))
    return None
