from __future__ import annotations

import itertools
from random import Random

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.runtime.supervisor import supervise

WEATHERED = (ConnectionError, TimeoutError)


class Longest(Random):
    """Draws the upper bound, so that the schedule itself is seen."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


class Flaky:
    """Fails with each of the errors in turn, after a time, and then returns."""

    def __init__(self, *errors: BaseException, seconds: float = 0.0) -> None:
        self.errors = list(errors)
        self.seconds = seconds
        self.started_at: list[float] = []

    async def __call__(self) -> None:
        self.started_at.append(trio.current_time())
        await trio.sleep(self.seconds)
        if self.errors:
            raise self.errors.pop(0)

    @property
    def waits(self) -> list[float]:
        starts = self.started_at
        return [b - a - self.seconds for a, b in itertools.pairwise(starts)]


async def test_a_named_error_is_weathered_and_a_return_ends_it(autojump_clock: MockClock) -> None:
    task = Flaky(ConnectionError("refused"), TimeoutError("slow"))
    await supervise(task, name="t", retry_on=WEATHERED)
    assert len(task.started_at) == 3


async def test_waits_double_up_to_the_bound(autojump_clock: MockClock) -> None:
    task = Flaky(*[ConnectionError("refused")] * 7)
    await supervise(
        task, name="t", retry_on=WEATHERED, initial_seconds=1, max_seconds=30, random=Longest()
    )
    assert task.waits == pytest.approx([1, 2, 4, 8, 16, 30, 30])


async def test_waits_are_drawn_from_the_whole_range(autojump_clock: MockClock) -> None:
    task = Flaky(*[ConnectionError("refused")] * 50)
    await supervise(task, name="t", retry_on=WEATHERED, max_seconds=1, random=Random(1))
    assert all(0 <= wait <= 1 for wait in task.waits)
    assert min(task.waits) < 0.2
    assert max(task.waits) > 0.8


async def test_a_thousand_failures_do_not_overflow_the_wait(autojump_clock: MockClock) -> None:
    task = Flaky(*[ConnectionError("refused")] * 1100)
    with capture_logs():
        await supervise(task, name="t", retry_on=WEATHERED, random=Longest())
    assert task.waits[-1] == pytest.approx(30)


async def test_a_long_run_starts_the_schedule_anew(autojump_clock: MockClock) -> None:
    task = Flaky(*[ConnectionError("refused")] * 4, seconds=60)
    await supervise(task, name="t", retry_on=WEATHERED, healthy_after_seconds=60, random=Longest())
    assert task.waits == pytest.approx([1, 1, 1, 1])


async def test_an_unknown_error_is_let_through_as_it_is() -> None:
    with pytest.raises(KeyError):
        await supervise(Flaky(KeyError("bug")), name="t", retry_on=WEATHERED)


async def test_a_group_of_named_errors_is_weathered(autojump_clock: MockClock) -> None:
    group = ExceptionGroup("g", [ConnectionError("a"), ExceptionGroup("h", [TimeoutError("b")])])
    task = Flaky(group)
    await supervise(task, name="t", retry_on=WEATHERED)
    assert len(task.started_at) == 2


async def test_an_unknown_error_beside_a_named_one_is_let_through() -> None:
    task = Flaky(ExceptionGroup("g", [ConnectionError("a"), KeyError("bug")]))
    with pytest.RaisesGroup(KeyError):
        await supervise(task, name="t", retry_on=WEATHERED)
    assert len(task.started_at) == 1


async def test_cancelling_ends_it_in_the_task_and_in_the_wait(autojump_clock: MockClock) -> None:
    running = Flaky(seconds=1000)
    waiting = Flaky(ConnectionError("refused"))
    for task in (running, waiting):
        with trio.move_on_after(5) as scope:
            await supervise(
                task,
                name="t",
                retry_on=WEATHERED,
                initial_seconds=1000,
                max_seconds=1000,
                random=Longest(),
            )
        assert scope.cancelled_caught
        assert len(task.started_at) == 1


async def test_each_failure_is_told_and_logged_without_secrets(autojump_clock: MockClock) -> None:
    told: list[str] = []
    failing = ConnectionError("cannot reach postgresql://iot:pw@db/x")
    task = Flaky(ExceptionGroup("g", [failing]), TimeoutError())
    with capture_logs() as logged:
        await supervise(task, name="part", retry_on=WEATHERED, on_failure=told.append)
    assert told == ["cannot reach postgresql://********@db/x", "TimeoutError"]
    assert [(line["task"], line["problem"], line["failures"]) for line in logged] == [
        ("part", told[0], 1),
        ("part", told[1], 2),
    ]
