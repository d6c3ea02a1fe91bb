"""Jobs in the table: whose turn it is, who works on them, and what is counted once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pulse_router.domain.dead_letters.jobs import Job, JobAction, JobOutcome, JobPlan, JobState
from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.deliveries import AttemptRecord, ClaimRefused
from pulse_router.domain.errors import Unreadable
from pulse_router.postgres.database import Database
from pulse_router.runtime.pages import Wanted
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.job_results import note_results
from pulse_router.stores.jobs.jobs import KEPT_AT_MOST, PostgresJobStore
from pulse_router.stores.jobs.work import PostgresJobWork
from pulse_router.stores.roles import Role
from tests.support.delivery.graveyard import Graveyard
from tests.support.servers.postgres import PostgresForTests


async def make_job(database: Database, tenant: str = "TENANT1") -> Job:
    plan = JobPlan(
        tenant_id=tenant, action=JobAction.REPLAY, filter=DeadLetterFilter(), up_to_id=2**62
    )
    made = await PostgresJobStore(database).create_job(tenant, plan)
    assert isinstance(made, Job)
    return made


class Life:
    """A router's life, as far as it works on jobs; the time is set by the test."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.now = 0.0
        self.heartbeats = Heartbeats(clock=lambda: self.now)
        self.work = PostgresJobWork(database, heartbeats=self.heartbeats)

    async def beat(self) -> None:
        await self._database.query(Role.OPERATOR, "SELECT pulse_beat($1, 5)", self.heartbeats.life)


async def test_a_job_is_one_routers_until_that_is_seen_to_be_dead(
    database: Database, graveyard: Graveyard
) -> None:
    newest = [graveyard.bury() for _ in range(3)][-1]
    made = await make_job(database)
    one, two = Life(database), Life(database)
    await one.beat()
    job = await one.work.take(())
    assert job is not None
    assert (job.id, job.state, job.plan.up_to_id) == (made.id, JobState.RUNNING, newest)
    for seconds in (0, 4, 4):
        two.now += seconds
        await one.beat()
        assert await two.work.take(()) is None
    two.now += 5
    assert await two.work.take(()) is not None
    assert not await one.work.is_running(job)
    after = await one.work.count(job, cursor=newest, skipped={})
    assert after.cursor == 0, "it is another's"
    await one.work.end(job, JobState.DONE, None)
    after = await two.work.count(job, cursor=newest, skipped={})
    assert (after.cursor, after.state) == (newest, JobState.RUNNING)


async def test_a_job_that_is_given_back_is_taken_at_once(database: Database) -> None:
    await make_job(database)
    one, two = Life(database), Life(database)
    await one.beat()
    assert await one.work.take(()) is not None
    assert await two.work.take(()) is None
    await one.work.release()
    assert await two.work.take(()) is not None


async def test_one_of_each_tenant_runs_and_all_have_their_turns(database: Database) -> None:
    first, second = await make_job(database), await make_job(database)
    other = await make_job(database, "TENANT2")
    life = Life(database)
    await life.beat()
    taken = [await life.work.take(()) for _ in range(4)]
    assert [job and job.id for job in taken] == [first.id, other.id, first.id, other.id]
    assert await life.work.take((first.id, other.id)) is None
    await life.work.end(first, JobState.DONE, None)
    following = await life.work.take((other.id,))
    assert following is not None
    assert following.id == second.id


async def test_a_failure_that_is_written_twice_counts_once_and_ends_no_later_claim(
    database: Database, graveyard: Graveyard
) -> None:
    number = graveyard.bury()
    one, two = (
        PostgresDeadLetterStore(database, heartbeats=Life(database).heartbeats) for _ in range(2)
    )
    failed = AttemptRecord(datetime.now(UTC), 503, 0.1, "HTTP 503", "")
    for is_claimed_by_another in (False, True):
        await one.claim("TENANT1", number, seconds=600)
        await one.release("TENANT1", number, failed=failed)
        if is_claimed_by_another:
            await two.claim("TENANT1", number, seconds=600)
        await one.release("TENANT1", number, failed=failed)
    letter = await one.load_dead_letter("TENANT1", number)
    assert letter is not None
    assert (letter.attempts, len(letter.history)) == (7, 2)
    assert await one.claim("TENANT1", number, seconds=600) is ClaimRefused.BUSY


async def test_each_end_counts_once_whoever_tells_it_and_when(
    database: Database, graveyard: Graveyard
) -> None:
    for _ in range(4):
        graveyard.bury()
    await make_job(database)
    life = Life(database)
    await life.beat()
    job = await life.work.take(())
    assert job is not None

    async def note(outcome: JobOutcome, *numbers: int) -> None:
        async with database.transaction(Role.OPERATOR) as transaction:
            errors = dict.fromkeys(numbers, "" if outcome is JobOutcome.DONE else "no")
            await note_results(transaction, job.id, "TENANT1", outcome, errors)

    async def told() -> tuple[int, int, int]:
        shown = await PostgresJobStore(database).load_job("TENANT1", job.id)
        assert shown is not None
        return shown.done, shown.failed, shown.skipped

    await note(JobOutcome.FAILED, 1, 2)
    await note(JobOutcome.DONE, 3)
    assert await told() == (1, 2, 0), "what is not added up yet is told all the same"
    assert (await life.work.find_page(job, limit=10)).ids == [4]
    for _ in range(2):
        await life.work.count(job, cursor=3, skipped={4: "busy"})
        assert await told() == (1, 2, 1)
    await note(JobOutcome.DONE, 4)  # a life that was cut off has delivered it after all
    await note(JobOutcome.FAILED, 1)
    assert await told() == (2, 2, 0)
    await life.work.count(job, cursor=4, skipped={})
    assert await told() == (2, 2, 0)
    store = PostgresJobStore(database)
    failures = await store.list_failures("TENANT1", job.id, Wanted(limit=10))
    assert [each.dead_letter_id for each in failures.items] == [1, 2]


async def test_a_job_of_another_version_stops_and_harms_no_other(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    strange, good = await make_job(database), await make_job(database, "TENANT2")
    asked = '{"status": ["FAILED"], "newer": "than this version"}'
    sql = f"UPDATE jobs SET filter = '{asked}' WHERE id = {strange.id}"
    postgres_server.psql(database_name, sql)
    life = Life(database)
    await life.beat()
    taken = [await life.work.take(()) for _ in range(2)]
    assert [job and job.id for job in taken] == [None, good.id]
    state = f"SELECT state FROM jobs WHERE id = {strange.id}"
    assert postgres_server.psql(database_name, state).strip() == "STOPPED"
    store = PostgresJobStore(database)
    with pytest.raises(Unreadable):
        await store.load_job("TENANT1", strange.id)
    assert (await store.list_jobs("TENANT1", state=None, wanted=Wanted(limit=5))).items == []


async def test_of_those_at_their_end_only_the_newest_are_kept(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    for _ in range(KEPT_AT_MOST + 3):
        await make_job(database)
        postgres_server.psql(database_name, "UPDATE jobs SET state = 'DONE'")
    kept = postgres_server.psql(database_name, "SELECT count(*), min(id) FROM jobs").strip()
    assert kept == f"{KEPT_AT_MOST + 1}|3"
