"""Who has more waiting than it should is told once, and so is who has no longer."""

from __future__ import annotations

from collections.abc import Mapping

import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.domain.errors import Unavailable
from pulse_router.status.backlogs import LOOK_SECONDS, BacklogWatch


class Told:
    """What a test says that tenants have."""

    def __init__(self) -> None:
        self.above_now: dict[tuple[str, str], int] = {}
        self.asked = 0
        self.is_away = False

    async def above(self, budgets: Budgets) -> Mapping[tuple[str, str], int]:
        await trio.lowlevel.checkpoint()
        assert budgets.of("T").dead_letters == 5
        self.asked += 1
        if self.is_away:
            raise Unavailable("away")
        return dict(self.above_now)


async def test_it_is_told_once_and_again_when_it_is_over(autojump_clock: MockClock) -> None:
    told = Told()
    watch = BacklogWatch(told, Budgets(own={"T": Budget(dead_letters=5)}))
    with capture_logs() as logged:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch.run)
            await trio.sleep(1)
            told.above_now = {("T", "dead_letters"): 7}
            await trio.sleep(2 * LOOK_SECONDS)
            assert watch.tenants_above("dead_letters") == 1
            assert watch.tenants_above("pending_deliveries") == 0
            told.is_away = True
            await trio.sleep(2 * LOOK_SECONDS)
            assert watch.tenants_above("dead_letters") == 1
            told.is_away, told.above_now = False, {}
            await trio.sleep(2 * LOOK_SECONDS)
            nursery.cancel_scope.cancel()
    said = [entry for entry in logged if entry["log_level"] != "debug"]
    assert [(entry["log_level"], entry["tenant_id"], entry["bound"]) for entry in said] == [
        ("warning", "T", "limits.dead_letters"),
        ("info", "T", "limits.dead_letters"),
    ]
    assert (said[0]["usage"], said[0]["limit"]) == (7, 5)
    assert watch.above == {}


async def test_where_there_is_no_bound_nobody_is_asked(autojump_clock: MockClock) -> None:
    told = Told()
    await BacklogWatch(told, Budgets()).look()
    assert told.asked == 0
