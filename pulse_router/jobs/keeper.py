"""Works on jobs, page by page and in turns: what is done is written with its count, then the next.

Nothing of a job is held in memory but the page in hand, and which routes it has tried. It knows
neither SQL nor how a dead letter is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import attrs
import structlog
import trio

from pulse_router.domain.dead_letters.jobs import (
    FIRST_STAGES,
    Job,
    JobAction,
    JobPage,
    JobState,
    LetterResult,
)
from pulse_router.domain.errors import TROUBLE, Unreadable
from pulse_router.jobs.ports import JobReplays, JobWork
from pulse_router.jobs.sums import sum_up
from pulse_router.runtime.patience import outlast

WORKERS: Final = 4
"""How many jobs are in hand at once, each of another tenant."""
REPLAYS: Final = 256
"""How many dead letters a page of replays has."""
CHANGES: Final = 500
"""How many dead letters are changed in one transaction."""
LOOK_SECONDS: Final = 2.0
"""How often it is looked for jobs that nobody here was told of."""
WATCH_SECONDS: Final = 1.0
"""How often it is looked whether a job that replays is still to go on."""
ROUNDS: Final = 5
"""How often in a row a page is tried of which nothing could be begun or ended."""
ROUND_SECONDS: Final = 1.0
RELEASE_SECONDS: Final = 2.0

_log = structlog.get_logger()


def _ignore(_problem: str | None) -> None:
    pass


@attrs.define
class _Going:
    """Whether the page in hand goes on."""

    goes_on: bool = True


class JobKeeper:
    """Works on jobs for as long as the router runs.

    Args:
        work: The jobs.
        replays: Has dead letters delivered once more.
        report: Told what keeps it from working (the database), and None when it is over.
    """

    def __init__(
        self,
        work: JobWork,
        replays: JobReplays,
        *,
        report: Callable[[str | None], None] = _ignore,
    ) -> None:
        self._work = work
        self._replays = replays
        self._report = report
        self._in_hand: set[int] = set()
        self._tried: dict[int, set[int]] = {}
        self._rounds: dict[int, int] = {}
        self._taking = trio.Lock()
        self._news = trio.Event()
        self._is_stopping = False

    def stop(self) -> None:
        """Begin no more: `run` returns when the pages in hand have ended; never waits."""
        self._is_stopping = True
        self.wake()

    def wake(self) -> None:
        """Note that there may be a job to work on; never waits."""
        self._news.set()
        self._news = trio.Event()

    async def run(self) -> None:
        """Work, until stopped or cancelled; then give the jobs back."""
        try:
            async with trio.open_nursery() as nursery:
                for _ in range(WORKERS):
                    nursery.start_soon(self._work_for_ever)
        finally:
            with trio.move_on_after(RELEASE_SECONDS, shield=True):
                try:
                    await self._work.release()
                except TROUBLE as error:  # whoever comes sees that this life is over
                    _log.warning("the jobs in hand were not given back", problem=str(error))

    async def _work_for_ever(self) -> None:
        while not self._is_stopping:
            job = await outlast(TROUBLE, self._take, report=self._report)
            if job is None:
                news = self._news
                with trio.move_on_after(LOOK_SECONDS):
                    await news.wait()
                continue
            try:
                await self._advance_safely(job)
            finally:
                self._in_hand.discard(job.id)

    async def _take(self) -> Job | None:
        async with self._taking:
            job = await self._work.take(self._in_hand)
            if job is not None:
                self._in_hand.add(job.id)
            elif not self._in_hand:  # what was paused meanwhile, or taken over, is not told here
                self._tried.clear()
                self._rounds.clear()
            return job

    async def _advance_safely(self, job: Job) -> None:
        """Advance a job; an error that nobody foresaw stops that job, and no other."""
        try:
            await self._advance(job)
        except TROUBLE as error:
            self._report(str(error))
            await trio.sleep(ROUND_SECONDS)
            self._report(None)
        except Unreadable as error:
            _log.warning("a job cannot be worked on", job_id=job.id, problem=str(error))
            await trio.sleep(ROUND_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this job's
            _log.exception("a job has stopped for an error that nobody foresaw", job_id=job.id)
            reason = f"{type(error).__name__}; the log says more"
            stop = partial(self._end, job, JobState.STOPPED, reason)
            await outlast(TROUBLE, stop, report=self._report)

    async def _advance(self, job: Job) -> None:
        if job.is_at_its_end:
            await self._end(job, JobState.DONE, None)
        elif job.plan.action is not JobAction.REPLAY:
            after = await self._work.apply(job, limit=CHANGES)
            if after.is_at_its_end:
                await self._end(after, JobState.DONE, None)
        else:
            await self._replay(job)

    async def _replay(self, job: Job) -> None:
        """Replay the next page; in the first stages of a careful job, the next one alone."""
        tried = self._tried.setdefault(job.id, set())
        is_first = job.plan.staged and job.tried < FIRST_STAGES
        page = await self._work.find_page(job, limit=1 if is_first else REPLAYS)
        results = await self._replay_page(job, page, tried) if page.ids else {}
        sums = sum_up(job, page, results)
        if sums.is_stuck:
            rounds = self._rounds[job.id] = self._rounds.get(job.id, 0) + 1
            if rounds < ROUNDS:
                await trio.sleep(ROUND_SECONDS)
            else:
                sums = sums.given_up()
        if not sums.is_stuck:
            self._rounds.pop(job.id, None)
        after = await self._work.count(job, cursor=sums.cursor, skipped=sums.skipped)
        if after.state is JobState.RUNNING and sums.stops is not None:
            await self._end(after, JobState.STOPPED, sums.stops)
        elif after.state is JobState.RUNNING and after.is_at_its_end:
            await self._end(after, JobState.DONE, None)
        elif after.state is not JobState.RUNNING:
            self._forget(job)

    async def _replay_page(
        self, job: Job, page: JobPage, tried: set[int]
    ) -> Mapping[int, LetterResult]:
        """Replay a page, as long as the job is not paused, cancelled or another router's."""
        going = _Going()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, job, going)
            results = await self._replays.replay_for_job(
                job, page.ids, tried=tried, goes_on=lambda: going.goes_on and not self._is_stopping
            )
            nursery.cancel_scope.cancel()
        return results

    async def _watch(self, job: Job, going: _Going) -> None:
        while going.goes_on:
            await trio.sleep(WATCH_SECONDS)
            try:
                going.goes_on = await self._work.is_running(job)
            except TROUBLE as error:  # what is replayed meanwhile is claimed and noted all the same
                self._report(str(error))

    async def _end(self, job: Job, state: JobState, reason: str | None) -> None:
        await self._work.end(job, state, reason)
        self._forget(job)

    def _forget(self, job: Job) -> None:
        self._tried.pop(job.id, None)
        self._rounds.pop(job.id, None)
