"""The watch over progress: says so when work is in hand and none gets done, and takes it back."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from pulse_router.runtime.progress import Progress, watch_progress


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([(0, 5, 0), (30, 5, 0)], [False, True]),
        ([(0, 5, 0), (29, 5, 0), (30, 5, 1), (59, 5, 1), (60, 9, 1)], [False] * 4 + [True]),
        ([(0, 5, 0), (30, 5, 0), (31, 4, 1)], [False, True, False]),
        ([(0, 5, 0), (30, 5, 0), (31, 0, 0), (32, 5, 0)], [False, True, False, False]),
        ([(0, 0, 7), (1000, 0, 7), (1001, 1, 7)], [False, False, False]),
        ([(0, 0, 7), (1000, 0, 7), (1001, 1, 7), (1031, 1, 7)], [False, False, False, True]),
    ],
)
def test_only_work_that_stands_still_for_too_long_is_told(
    looks: list[tuple[float, int, int]], told: list[bool]
) -> None:
    progress = Progress(30)
    said = [progress.look(now, in_hand=hand, done=done) is not None for now, hand, done in looks]
    assert said == told


def test_the_words_stay_the_same_while_it_lasts() -> None:
    progress = Progress(30)
    said = {progress.look(now, in_hand=int(now), done=0) for now in range(1, 100)}
    assert len(said - {None}) == 1


async def test_it_is_told_when_it_begins_and_when_it_ends(autojump_clock: MockClock) -> None:
    reports: list[tuple[float, str | None]] = []
    figures = (3, 0)

    def report(problem: str | None) -> None:
        if not reports or reports[-1][1] != problem:
            reports.append((trio.current_time(), problem))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: watch_progress(Progress(30), lambda: figures, report=report))
        await trio.sleep(60.5)
        figures = (2, 1)
        await trio.sleep(5)
        nursery.cancel_scope.cancel()
    assert [round(at) for at, _ in reports] == [0, 30, 61]
    assert [problem is None for _, problem in reports] == [True, False, True]
