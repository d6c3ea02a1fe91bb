"""Maintenance comes when the time has passed, and at once when the date is another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import trio
from trio.testing import MockClock

from pulse_router.stores.telemetry.maintenance import CLOCK_SECONDS, wait_until_due

BEGIN = datetime(2026, 2, 16, 22, 30, tzinfo=UTC)


async def test_the_next_round_comes_after_the_given_time(autojump_clock: MockClock) -> None:
    begin = trio.current_time()
    await wait_until_due(1000.0, BEGIN.date(), now=lambda: BEGIN)
    assert trio.current_time() - begin == 1000.0


async def test_midnight_is_not_waited_past(autojump_clock: MockClock) -> None:
    begin = trio.current_time()
    start = BEGIN - timedelta(seconds=begin)
    await wait_until_due(
        86_400.0, BEGIN.date(), now=lambda: start + timedelta(seconds=trio.current_time())
    )
    assert 5400 <= trio.current_time() - begin <= 5400 + CLOCK_SECONDS


async def test_a_jump_of_the_clock_is_seen_within_a_minute(autojump_clock: MockClock) -> None:
    begin = trio.current_time()
    jump_at = begin + 100

    def jumping() -> datetime:
        return BEGIN if trio.current_time() < jump_at else BEGIN + timedelta(days=3000)

    await wait_until_due(86_400.0, BEGIN.date(), now=jumping)
    assert 100 <= trio.current_time() - begin <= 100 + CLOCK_SECONDS
