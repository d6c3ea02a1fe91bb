"""The watch over the clock: says when it is behind what was written down under it."""

from __future__ import annotations

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.runtime.clock import (
    LOOK_EVERY_SECONDS,
    PATIENCE_SECONDS,
    ClockWatch,
    is_synchronised,
)

DAY = 24 * 3600.0
NEWEST = 1_785_000_000.0


@attrs.define
class Machine:
    """A machine whose clock can be set, and which may know whether that is right."""

    time: float = NEWEST
    synchronised: bool | None = None
    reports: list[str | None] = attrs.field(factory=list)

    def watch(self) -> ClockWatch:
        return ClockWatch(lambda: self.time, lambda: self.synchronised)

    async def run(self, watch: ClockWatch, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await watch.run(lambda: NEWEST, report=self.reports.append)


@pytest.mark.parametrize(
    ("time", "synchronised", "is_told"),
    [
        (NEWEST, None, False),
        (NEWEST + 3650 * DAY, None, False),
        (NEWEST - 59, None, False),
        (NEWEST - 61, None, True),
        (NEWEST - 61, False, True),
        (NEWEST - 61, True, False),
        (0.0, None, True),
    ],
)
async def test_a_clock_that_is_behind_is_told_unless_the_kernel_keeps_it_right(
    autojump_clock: MockClock, time: float, synchronised: bool | None, is_told: bool
) -> None:
    machine = Machine(time, synchronised)
    watch = machine.watch()
    await machine.run(watch, LOOK_EVERY_SECONDS / 2)
    assert [report is not None for report in machine.reports] == [is_told]
    assert watch.behind_seconds == max(0.0, NEWEST - time)


async def test_it_is_taken_back_when_the_clock_is_set_right(autojump_clock: MockClock) -> None:
    machine = Machine(0.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(machine.run, machine.watch(), 3.5)
        await trio.sleep(1.5)
        machine.time = NEWEST
    assert [report is not None for report in machine.reports] == [True, True, False, False]
    assert len(set(machine.reports)) == 2, "the words stay the same"


async def test_a_clock_that_was_ahead_once_is_believed_after_a_day(
    autojump_clock: MockClock,
) -> None:
    machine = Machine(NEWEST - 3650 * DAY)
    watch = machine.watch()
    await machine.run(watch, PATIENCE_SECONDS + 1.5)
    told = [report is not None for report in machine.reports]
    assert told == [True] * int(PATIENCE_SECONDS) + [False, False]
    assert watch.behind_seconds == 3650 * DAY, "the figure goes on"


def test_the_kernel_is_asked_without_changing_anything() -> None:
    assert is_synchronised() in (True, False, None)
