"""Telemetry in the order in which it was streamed; satisfies the streams' `EventStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pulse_router.domain.live import EventPage, ResumePoint, read_event
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role


class PostgresEventStore:
    """The events.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_resume_point(
        self, tenant_id: str, *, after: int, up_to: int, at_most: int
    ) -> ResumePoint:
        """See the port."""
        [row] = await self._ask(
            tenant_id, "telemetry_resume_point($1, $2, $3)", after, up_to, at_most
        )
        return ResumePoint(row["is_complete"], row["first_id"])

    async def load_events(
        self,
        tenant_id: str,
        *,
        after: int,
        up_to: int,
        devices: Collection[str] | None,
        metric_names: Collection[str],
        limit: int,
    ) -> EventPage:
        """See the port."""
        rows = await self._ask(
            tenant_id,
            "telemetry_events($1, $2, $3, $4, $5)",
            after,
            up_to,
            None if devices is None else list(devices),
            list(metric_names) or None,
            limit,
        )
        wanted = [row for row in rows if row["is_wanted"]]
        events = read_each(
            self._database, wanted, lambda row: _read(row, tenant_id, row["device_id"])
        )
        is_full = bool(rows) and rows[0]["passed"] == limit
        return EventPage(events, rows[-1]["event_id"] if is_full else None)

    async def load_latest(self, tenant_id: str, device_id: str) -> TelemetryEvent | None:
        """See the port. What lies further back than the database's function looks is not found."""
        rows = await self._ask(tenant_id, "telemetry_latest($1)", device_id)
        found = read_each(self._database, rows[:1], lambda row: _read(row, tenant_id, device_id))
        return found[0] if found else None

    async def _ask(self, tenant_id: str, function: str, *args: object) -> Sequence[Record]:
        return await self._database.query(
            Role.APP,
            f"SELECT * FROM {function}",  # noqa: S608 - fixed text
            *args,
            tenant_id=tenant_id,
            read_only=True,
        )


def _read(row: Record, tenant_id: str, device_id: str) -> TelemetryEvent:
    return read_event(
        row["event_id"], tenant_id, device_id, row["site_id"], row["time"], row["metrics"]
    )
