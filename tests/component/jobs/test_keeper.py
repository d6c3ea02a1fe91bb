"""How jobs are worked: step by step, one beside the other, and ending by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.dead_letters.jobs import (
    FIRST_STAGES,
    Job,
    JobAction,
    JobPage,
    JobPlan,
    JobState,
    LetterEnd,
    LetterResult,
)
from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.errors import Unavailable
from pulse_router.jobs.keeper import REPLAYS, ROUNDS, JobKeeper
from tests.support.waiting import wait_until

DONE = LetterResult(LetterEnd.DONE)
FAILED = LetterResult(LetterEnd.FAILED, "HTTP 500")
LATER = LetterResult(LetterEnd.LATER, "it had no turn")
REFUSED = LetterResult(LetterEnd.REFUSED, "the endpoint fails")


def make_job(number: int, last: int, *, staged: bool = False, tenant: str = "TENANT1") -> Job:
    plan = JobPlan(
        tenant_id=tenant,
        action=JobAction.REPLAY,
        filter=DeadLetterFilter(),
        up_to_id=last,
        staged=staged,
    )
    return Job(
        id=number,
        plan=plan,
        state=JobState.RUNNING,
        reason=None,
        matched=last,
        matched_is_exact=True,
        cursor=0,
        done=0,
        failed=0,
        skipped=0,
        tried=0,
        subject="somebody",
        actor="customer",
        request_id="r",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        started_at=None,
        ended_at=None,
    )


class FakeWork:
    """Jobs in memory, about the numbers from 1 on; their replays end as a test says."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.ended: dict[int, set[int]] = {job.id: set() for job in jobs}
        self.pages: list[list[int]] = []
        self.skipped: dict[int, str] = {}
        self.result_of: Callable[[int], LetterResult] = lambda _number: DONE
        self.outage = False
        self.is_released = False
        self.tried: set[int] = set()
        self.turns: list[int] = []

    async def take(self, in_hand: Collection[int]) -> Job | None:
        await trio.lowlevel.checkpoint()
        if self.outage:
            raise Unavailable("the database is away")
        free = [
            job
            for job in self.jobs.values()
            if job.state is JobState.RUNNING and job.id not in in_hand
        ]
        job = min(free, key=lambda job: self.turns.count(job.id), default=None)
        if job is not None:
            self.turns.append(job.id)
        return job

    async def is_running(self, job: Job) -> bool:
        await trio.lowlevel.checkpoint()
        return self.jobs[job.id].state is JobState.RUNNING

    async def find_page(self, job: Job, *, limit: int) -> JobPage:
        await trio.lowlevel.checkpoint()
        left = range(job.cursor + 1, job.plan.up_to_id + 1)
        ids = [number for number in left if number not in self.ended[job.id]][:limit]
        return JobPage(ids, ids[-1] if len(ids) == limit else job.plan.up_to_id)

    async def count(self, job: Job, *, cursor: int, skipped: Mapping[int, str]) -> Job:
        await trio.lowlevel.checkpoint()
        self.skipped.update(skipped)
        self.ended[job.id] |= set(skipped)
        now = self.jobs[job.id]
        self.jobs[job.id] = attrs.evolve(
            now, cursor=cursor, tried=now.done + now.failed, skipped=now.skipped + len(skipped)
        )
        return self.jobs[job.id]

    async def apply(self, job: Job, *, limit: int) -> Job:  # noqa: ARG002 - the port's
        raise ZeroDivisionError

    async def end(self, job: Job, state: JobState, reason: str | None) -> None:
        await trio.lowlevel.checkpoint()
        self.jobs[job.id] = attrs.evolve(self.jobs[job.id], state=state, reason=reason)

    async def release(self) -> None:
        await trio.lowlevel.checkpoint()
        self.is_released = True

    async def replay_for_job(
        self,
        job: Job,
        dead_letter_ids: Sequence[int],
        *,
        tried: set[int],
        goes_on: Callable[[], bool],
    ) -> Mapping[int, LetterResult]:
        self.pages.append(list(dead_letter_ids))
        self.tried = tried
        results = {}
        for number in dead_letter_ids:
            if not goes_on():
                break
            await trio.sleep(0.1)
            result = results[number] = self.result_of(number)
            now = self.jobs[job.id]
            if result.end is LetterEnd.DONE:
                self.jobs[job.id] = attrs.evolve(now, done=now.done + 1)
                self.ended[job.id].add(number)
            elif result.end is LetterEnd.FAILED:
                self.jobs[job.id] = attrs.evolve(now, failed=now.failed + 1)
                self.ended[job.id].add(number)
        return results


async def work_until(work: FakeWork, is_enough: Callable[[], bool]) -> None:
    """Run the keeper until something holds, or for an hour at the most."""
    keeper = JobKeeper(work, work)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keeper.run)
        await wait_until(is_enough, seconds=3600)
        keeper.stop()
    assert work.is_released


def is_over(work: FakeWork) -> bool:
    return all(job.state is not JobState.RUNNING for job in work.jobs.values())


async def test_a_careful_replay_goes_one_ten_the_rest(autojump_clock: MockClock) -> None:
    work = FakeWork(make_job(1, 11 + REPLAYS + 5, staged=True))
    await work_until(work, lambda: is_over(work))
    assert [len(page) for page in work.pages] == [1] * FIRST_STAGES + [REPLAYS, 5]
    job = work.jobs[1]
    assert (job.state, job.done, job.reason) == (JobState.DONE, 11 + REPLAYS + 5, None)


async def test_a_careful_replay_stops_at_its_first_failure(autojump_clock: MockClock) -> None:
    work = FakeWork(make_job(1, 100, staged=True))
    work.result_of = lambda number: FAILED if number == 3 else DONE
    await work_until(work, lambda: is_over(work))
    assert work.pages == [[1], [2], [3]]
    assert (work.jobs[1].state, work.jobs[1].failed) == (JobState.STOPPED, 1)
    assert "HTTP 500" in str(work.jobs[1].reason)


async def test_a_careful_replay_stops_when_an_endpoint_is_given_up_later(
    autojump_clock: MockClock,
) -> None:
    work = FakeWork(make_job(1, 100, staged=True))
    work.result_of = lambda number: REFUSED if number > 20 else DONE
    await work_until(work, lambda: is_over(work))
    job = work.jobs[1]
    assert (job.state, job.reason) == (JobState.STOPPED, "the endpoint fails")
    assert (job.done, job.skipped, job.cursor) == (20, 0, 20), "the others are still to be done"


async def test_without_care_what_is_refused_is_passed_over(autojump_clock: MockClock) -> None:
    work = FakeWork(make_job(1, 10))
    work.result_of = lambda number: REFUSED if number % 2 else FAILED
    await work_until(work, lambda: is_over(work))
    job = work.jobs[1]
    assert (job.state, job.failed, job.skipped) == (JobState.DONE, 5, 5)
    assert set(work.skipped.values()) == {"the endpoint fails"}


async def test_what_has_no_turn_is_asked_for_again_but_not_for_ever(
    autojump_clock: MockClock,
) -> None:
    work = FakeWork(make_job(1, 3))
    work.result_of = lambda number: LATER if number == 2 else DONE
    await work_until(work, lambda: is_over(work))
    assert work.pages == [[1, 2, 3]] + [[2]] * ROUNDS
    assert (work.jobs[1].done, work.skipped) == (2, {2: "it had no turn"})


async def test_a_paused_job_begins_no_more_within_two_seconds(autojump_clock: MockClock) -> None:
    work = FakeWork(make_job(1, 1000))

    async def pause() -> None:
        await trio.sleep(3)
        work.jobs[1] = attrs.evolve(work.jobs[1], state=JobState.PAUSED)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pause)
        await work_until(work, lambda: trio.current_time() > 20)
    assert 25 <= work.jobs[1].done <= 50
    assert work.jobs[1].done == work.jobs[1].cursor


async def test_one_that_fails_inside_stops_alone(
    autojump_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = make_job(1, 10)
    broken = attrs.evolve(broken, plan=attrs.evolve(broken.plan, action=JobAction.PURGE))
    work = FakeWork(broken, make_job(2, 10, tenant="TENANT2"))
    await work_until(work, lambda: is_over(work))
    assert (work.jobs[1].state, work.jobs[2].state) == (JobState.STOPPED, JobState.DONE)
    assert "ZeroDivisionError" in str(work.jobs[1].reason)
    assert "ZeroDivisionError" in capsys.readouterr().out


async def test_a_long_job_lets_others_have_their_turns(autojump_clock: MockClock) -> None:
    jobs = [make_job(number, 10 * REPLAYS, tenant=f"T{number}") for number in range(1, 7)]
    work = FakeWork(*jobs, make_job(9, 1, tenant="T9"))
    await work_until(work, lambda: work.jobs[9].state is JobState.DONE)
    assert max(job.done for job in work.jobs.values()) <= 3 * REPLAYS


async def test_an_outage_is_weathered(autojump_clock: MockClock) -> None:
    work = FakeWork(make_job(1, 5))
    work.outage = True

    async def mend() -> None:
        await trio.sleep(100)
        work.outage = False

    async with trio.open_nursery() as nursery:
        nursery.start_soon(mend)
        await work_until(work, lambda: is_over(work))
    assert work.jobs[1].done == 5
