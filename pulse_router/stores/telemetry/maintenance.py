"""Keeps the database in shape: partitions made ahead, old data removed.

It must not know of ingest or delivery. Nothing here is urgent: partitions are made days ahead, and
what is not done now is done the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import attrs
import structlog
import trio

from pulse_router.domain.errors import REFUSALS, PulseError
from pulse_router.postgres.database import Database
from pulse_router.stores.announcements import prune_announcements
from pulse_router.stores.gaps import prune_gaps
from pulse_router.stores.ingest.ledger import add_to_totals, tally
from pulse_router.stores.partitions import (
    AHEAD_DAYS,
    DROPS_AT_MOST,
    STRAY_DAYS_AT_MOST,
    TelemetryPartitions,
)
from pulse_router.stores.receipts.upkeep import keep_receipts
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry import removals

CHUNK_ROWS: Final = 1000
CLOCK_SECONDS: Final = 60.0
"""How often the date is looked at: one that is new, by midnight or by a jump, needs partitions."""

_log = structlog.get_logger()


@attrs.frozen(kw_only=True)
class Retention:
    """For how many days what is kept; 0 is for ever."""

    telemetry_days: int
    rejected_days: int
    dead_letter_days: int
    alert_days: int
    audit_days: int
    receipt_days: int = 0


@attrs.define
class MaintenanceReport:
    """What one round did.

    Attributes:
        made: How many partitions were made.
        moved: How many rows had landed in the default partition and were moved to their own.
        dropped: The partitions that were dropped.
        receipts: The same of receipts.
        rejected: How many rejected messages were removed.
        dead_letters: How many dead letters were removed.
        alerts: How many closed alerts were removed.
        audited: How many entries of the audit log were removed.
        retention_day: The day that ages were counted from.
        problems: What could not be done, in sentences; the next round tries again.
    """

    made: int = 0
    moved: int = 0
    dropped: list[str] = attrs.field(factory=list)
    receipts: list[str] = attrs.field(factory=list)
    rejected: int = 0
    dead_letters: int = 0
    alerts: int = 0
    audited: int = 0
    retention_day: date | None = None
    problems: list[str] = attrs.field(factory=list)


async def run(
    database: Database,
    *,
    telemetry_days: int,
    rejected_days: int,
    dead_letter_days: int,
    alert_days: int,
    audit_days: int,
    receipt_days: int = 0,
    every_seconds: float = 3600.0,
    retry_seconds: float = 10.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_round: Callable[[MaintenanceReport], None] = lambda _report: None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Do a round at once, every hour and on each new date, for ever.

    Args:
        database: What to keep in shape.
        telemetry_days: For how many days telemetry is kept; 0 is for ever.
        rejected_days: The same for rejected messages.
        dead_letter_days: The same for dead letters.
        alert_days: The same for alerts, from when they were closed.
        audit_days: The same for the audit log.
        receipt_days: The same for receipts.
        every_seconds: How long after a round the next one comes.
        retry_seconds: The same after a round in which something could not be done.
        now: The wall clock, in UTC: the one that `received_at` is taken from.
        on_round: Told what each round did.
        task_status: Started after the first round, whether or not the database could be asked.
    """
    retention = Retention(
        telemetry_days=telemetry_days,
        rejected_days=rejected_days,
        dead_letter_days=dead_letter_days,
        alert_days=alert_days,
        audit_days=audit_days,
        receipt_days=receipt_days,
    )
    last: MaintenanceReport | None = None
    while True:
        today = now().date()
        report = await maintain(database, retention, today=today)
        _tell(report)
        if last is None or report.retention_day != last.retention_day:
            _tell_of_clock(report.retention_day, today)
        on_round(report)
        if last is None:
            task_status.started()
        last = report
        await wait_until_due(retry_seconds if report.problems else every_seconds, today, now=now)


async def wait_until_due(seconds: float, today: date, *, now: Callable[[], datetime]) -> None:
    """Wait that long, or until the wall clock shows another date than `today`."""
    deadline = trio.current_time() + seconds
    while now().date() == today and trio.current_time() < deadline:  # noqa: ASYNC110 - no event
        await trio.sleep_until(min(deadline, trio.current_time() + CLOCK_SECONDS))


async def maintain(database: Database, retention: Retention, *, today: date) -> MaintenanceReport:
    """Do one round; what cannot be done now does not keep the rest from being done.

    Args:
        database: What to keep in shape.
        retention: For how long what is kept.
        today: The UTC date.
    """
    work = _Round(database, TelemetryPartitions(database), retention, today)
    for step in (
        work.make_ahead,
        work.move_strays,
        work.find_retention_day,
        work.drop_partitions,
        work.remove_rejected,
        work.remove_dead_letters,
        work.remove_alerts,
        work.remove_audited,
        work.remove_announced,
        work.keep_receipts,
    ):
        try:
            await step()
        except PulseError as error:  # a trigger of somebody's may call anything bad data
            work.report.problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - the other steps have nothing to do with it
            _log.exception("a step of the upkeep failed")
            work.report.problems.append(f"a step failed inside ({type(error).__name__})")
    return work.report


@attrs.frozen
class _Round:
    """The steps of one round, and what they have done."""

    database: Database
    partitions: TelemetryPartitions
    retention: Retention
    today: date
    report: MaintenanceReport = attrs.field(factory=MaintenanceReport)

    async def make_ahead(self) -> None:
        for ahead in range(AHEAD_DAYS + 1):
            await self._make(self.today + timedelta(days=ahead))

    async def move_strays(self) -> None:
        for day in await self.partitions.find_strays(STRAY_DAYS_AT_MOST):
            if day in (date.min, date.max):  # beyond all days: it stays where it is
                continue
            try:
                await self._make(day)
            except REFUSALS as error:  # the other days have nothing to do with it
                self.report.problems.append(f"{day}: {error}")

    async def _make(self, day: date) -> None:
        moved = await self.partitions.make(day)
        if moved is not None:
            self.report.made += 1
            self.report.moved += moved

    async def find_retention_day(self) -> None:
        self.report.retention_day = await self.partitions.retention_day(self.today)

    async def drop_partitions(self) -> None:
        keep_days = self.retention.telemetry_days
        while keep_days and len(self.report.dropped) < DROPS_AT_MOST:
            name = await self.partitions.drop_oldest(self.today, keep_days)
            if name is None:
                return
            self.report.dropped.append(name)

    async def remove_rejected(self) -> None:
        keep_days = self.retention.rejected_days
        while removed := await self._remove_some(removals.REMOVE_REJECTED, keep_days):
            self.report.rejected += removed
        forget_before = self._cutoff(self.retention.telemetry_days)
        await prune_gaps(self.database, self._cutoff(keep_days), forget_before)

    async def remove_alerts(self) -> None:
        keep_days = self.retention.alert_days
        while removed := await self._remove_some(removals.REMOVE_ALERTS, keep_days):
            self.report.alerts += removed

    async def remove_audited(self) -> None:
        keep_days = self.retention.audit_days
        while removed := await self._remove_some(removals.REMOVE_AUDITED, keep_days):
            self.report.audited += removed

    async def remove_announced(self) -> None:
        async with self.database.transaction(Role.OPERATOR) as transaction:
            await prune_announcements(transaction)

    async def keep_receipts(self) -> None:
        self.report.receipts += await keep_receipts(
            self.database,
            today=self.today,
            retention_day=self.report.retention_day,
            keep_days=self.retention.receipt_days,
        )

    async def _remove_some(self, sql: str, keep_days: int) -> int:
        before = self._cutoff(keep_days)
        if before is None:
            return 0
        async with self.database.transaction(Role.OPERATOR) as transaction:
            return await transaction.change(sql, before, CHUNK_ROWS)

    async def remove_dead_letters(self) -> None:
        before = self._cutoff(self.retention.dead_letter_days)
        removed = 0 if before is None else CHUNK_ROWS
        while removed == CHUNK_ROWS:
            async with self.database.transaction(Role.OPERATOR) as transaction:
                rows = await transaction.fetch(removals.REMOVE_DEAD_LETTERS, before, CHUNK_ROWS)
                await add_to_totals(transaction, tally(rows, "discarded"))
            removed = sum(row["removed"] for row in rows)
            self.report.dead_letters += removed

    def _cutoff(self, keep_days: int) -> datetime | None:
        """Give the time before which things are old; None when nothing is."""
        day = self.report.retention_day
        if day is None or keep_days == 0:
            return None
        return datetime.combine(day - timedelta(days=keep_days), time(), UTC)


def _tell(report: MaintenanceReport) -> None:
    """Log what somebody may want to know of."""
    if report.moved:
        _log.warning("telemetry had no partition of its day, and got it now", rows=report.moved)
    if report.dropped:
        _log.info("old telemetry was dropped", partitions=report.dropped)
    if report.receipts:
        _log.info("old receipts were dropped", partitions=report.receipts)
    if report.rejected or report.dead_letters or report.alerts or report.audited:
        _log.info(
            "old rows were removed",
            rejected_messages=report.rejected,
            dead_letters=report.dead_letters,
            alerts=report.alerts,
            audited=report.audited,
        )
    for problem in report.problems:
        _log.warning("the database could not be kept in shape, and is tried again", problem=problem)


def _tell_of_clock(retention_day: date | None, today: date) -> None:
    if retention_day is not None and retention_day < today:
        _log.warning(
            "ages are not counted from today's date yet: it is new, after a time without power or"
            " a jump of the clock",
            today=str(today),
            counted_from=str(retention_day),
        )
