"""The task that keeps partitions: made before it says that it has started, outages weathered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import attrs
import trio

from pulse_router.postgres.database import Database
from pulse_router.stores.telemetry import maintenance
from pulse_router.stores.telemetry.maintenance import MaintenanceReport
from tests.support.ingest.partitions import DAY, days_from
from tests.support.ingest.telemetry import at_noon, partition_days
from tests.support.servers.postgres import PostgresForTests


@attrs.define
class Rounds:
    """What the task has told; `mended` is set by a round without problems."""

    reports: list[MaintenanceReport] = attrs.field(factory=list)
    mended: trio.Event = attrs.field(factory=trio.Event)

    def add(self, report: MaintenanceReport) -> None:
        self.reports.append(report)
        if not report.problems:
            self.mended.set()


def keeper(database: Database, rounds: Rounds) -> Callable[..., Awaitable[None]]:
    """The task, on a clock that stands at noon."""
    return partial(
        maintenance.run,
        database,
        telemetry_days=30,
        rejected_days=7,
        dead_letter_days=30,
        alert_days=90,
        audit_days=365,
        retry_seconds=0.05,
        now=lambda: at_noon(DAY),
        on_round=rounds.add,
    )


async def test_the_task_makes_partitions_before_it_says_that_it_has_started(
    database: Database, nursery: trio.Nursery
) -> None:
    rounds = Rounds()
    await nursery.start(keeper(database, rounds))
    assert await partition_days(database) == days_from(DAY, 4)
    assert [report.made for report in rounds.reports] == [4]


async def test_an_outage_at_the_start_is_weathered(
    database: Database, postgres_server: PostgresForTests, nursery: trio.Nursery
) -> None:
    rounds = Rounds()
    await trio.to_thread.run_sync(postgres_server.stop)
    await nursery.start(keeper(database, rounds))
    await trio.to_thread.run_sync(postgres_server.start)
    assert rounds.reports[0].problems
    with trio.fail_after(30):
        await rounds.mended.wait()
    assert await partition_days(database) == days_from(DAY, 4)
