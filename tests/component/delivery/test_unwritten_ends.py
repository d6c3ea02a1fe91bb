"""A replay that has ended keeps its place until that is written, whatever the database does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.replay import AT_ONCE, Replayer, ReplayStatus
from pulse_router.delivery.replay_ends import WRITE_SECONDS
from pulse_router.domain.dead_letters.jobs import (
    Job,
    JobAction,
    JobPlan,
    JobState,
    LetterEnd,
    LetterResult,
)
from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.errors import ConstraintViolated, Unavailable
from tests.support.delivery.dead_letters import FIRST, Graveyard
from tests.support.delivery.deliveries import FakeRoutes, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.direct_attempts import DirectAttempts

LETTERS = 100
JOB = Job(
    id=7,
    plan=JobPlan(
        tenant_id=None,
        action=JobAction.REPLAY,
        filter=DeadLetterFilter(),
        up_to_id=LETTERS,
        staged=False,
    ),
    state=JobState.RUNNING,
    reason=None,
    matched=LETTERS,
    matched_is_exact=True,
    cursor=0,
    done=0,
    failed=0,
    skipped=0,
    tried=0,
    subject="somebody",
    actor="operator",
    request_id="r",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    started_at=None,
    ended_at=None,
)


class TroubledGraveyard(Graveyard):
    """Dead letters whose ends are hard to write; looking them up is not."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.away_until = 0.0
        self.is_unheard = False
        self.refuses = False

    async def mark_replayed(self, *args: Any, **more: Any) -> None:
        await self._write(super().mark_replayed, *args, **more)

    async def release(self, *args: Any, **more: Any) -> None:
        await self._write(super().release, *args, **more)

    async def _write(self, write: Callable[..., Any], *args: Any, **more: Any) -> None:
        await trio.sleep(self.seconds)
        if trio.current_time() < self.away_until:
            raise Unavailable("the database is away")
        if self.refuses:
            raise ConstraintViolated("a trigger says no", constraint=None)
        number = args[1]
        if number in self.claimed:
            await write(*args, **more)
            if self.is_unheard:
                raise Unavailable("the line was cut after the commit")


@attrs.define(eq=False)
class Scene:
    """Replays of a hundred letters, and how many have been sent whose end is not written."""

    is_good: bool = True
    store: TroubledGraveyard = attrs.field(factory=TroubledGraveyard)
    most_unwritten: int = 0
    sent: list[int] = attrs.field(factory=list)
    replayer: Replayer = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        destination = FakeDestination(self.answer)
        routes = FakeRoutes(make_route(1))
        self.replayer = Replayer(self.store, routes, DirectAttempts(destination))

    def answer(self, delivery: Any, *_: Any) -> Any:
        self.sent.append(delivery.id - FIRST)
        written = len(self.store.replayed) + len(self.store.failed)
        self.most_unwritten = max(self.most_unwritten, len(self.sent) - written)
        return DELIVERED if self.is_good else FAILED

    async def work(self) -> Mapping[int, LetterResult]:
        return await self.replayer.replay_for_job(
            JOB, range(LETTERS), tried=set(), goes_on=lambda: True
        )


@pytest.mark.parametrize("is_good", [True, False], ids=["delivered", "failed"])
@pytest.mark.parametrize("trouble", ["slow", "away", "unheard"])
async def test_no_replay_begins_in_the_place_of_one_whose_end_is_not_written(
    trouble: str, is_good: bool, autojump_clock: MockClock
) -> None:
    scene = Scene(is_good=is_good)
    scene.store.seconds = 4 * WRITE_SECONDS if trouble == "slow" else 0.0
    scene.store.away_until = 600.0 if trouble == "away" else 0.0
    scene.store.is_unheard = trouble == "unheard"
    results = await scene.work()
    assert scene.most_unwritten <= AT_ONCE
    assert sorted(scene.sent) == list(range(LETTERS)), "each is sent once"
    end = LetterEnd.DONE if is_good else LetterEnd.FAILED
    assert {result.end for result in results.values()} == {end}
    assert not scene.store.claimed


async def test_a_job_that_is_stopped_meanwhile_writes_what_can_be_written(
    autojump_clock: MockClock,
) -> None:
    scene = Scene()
    scene.store.away_until = 10.0
    with trio.move_on_after(10.05):
        await scene.work()
    assert sorted(scene.sent) == sorted(scene.store.replayed) == list(range(AT_ONCE))
    assert trio.current_time() < 10.1


async def test_a_job_that_is_stopped_does_not_wait_for_ever(autojump_clock: MockClock) -> None:
    scene = Scene()
    scene.store.seconds = float("inf")
    with trio.move_on_after(10.0):
        await scene.work()
    assert trio.current_time() == pytest.approx(10.0 + WRITE_SECONDS)
    assert len(scene.sent) == AT_ONCE


async def test_a_batch_that_somebody_waits_for_sends_no_more_than_it_can_hold(
    autojump_clock: MockClock,
) -> None:
    scene = Scene()
    scene.store.seconds = 4 * WRITE_SECONDS
    results = await scene.replayer.replay_batch(None, range(LETTERS))
    assert trio.current_time() == pytest.approx(WRITE_SECONDS)
    assert len(scene.sent) == AT_ONCE
    assert {result.status for result in results} == {ReplayStatus.NOT_ATTEMPTED}
    assert "delivered, but that could not be written" in results[0].error


async def test_a_page_whose_ends_are_refused_sends_no_more_than_it_can_hold(
    autojump_clock: MockClock,
) -> None:
    scene = Scene()
    scene.store.refuses = True
    results = await scene.work()
    assert len(scene.sent) == AT_ONCE
    assert {result.end for result in results.values()} == {LetterEnd.LATER}
    assert len(scene.store.claimed) == AT_ONCE, "nobody else sends them now"
