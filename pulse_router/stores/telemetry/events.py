"""Telemetry in the order in which it was streamed; satisfies the streams' `EventStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Collection

from pulse_router.domain.live import EventPage, ResumePoint, read_event
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Role


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
        """Find out what of a tenant's events can be had, of too many the newest.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        [row] = await self._database.query(
            Role.APP,
            "SELECT * FROM telemetry_resume_point($1, $2, $3)",
            after,
            up_to,
            at_most,
            tenant_id=tenant_id,
            read_only=True,
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
        """Read a tenant's next events; at most `limit` are looked at.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        rows = await self._database.query(
            Role.APP,
            "SELECT * FROM telemetry_events($1, $2, $3, $4, $5)",
            after,
            up_to,
            None if devices is None else list(devices),
            list(metric_names) or None,
            limit,
            tenant_id=tenant_id,
            read_only=True,
        )
        events = [_read(row, tenant_id, row["device_id"]) for row in rows if row["is_wanted"]]
        is_full = bool(rows) and rows[0]["passed"] == limit
        return EventPage(events, rows[-1]["event_id"] if is_full else None)

    async def load_latest(self, tenant_id: str, device_id: str) -> TelemetryEvent | None:
        """Read the newest event of a device, by its own time; None when it has sent none lately.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        rows = await self._database.query(
            Role.APP,
            "SELECT * FROM telemetry_latest($1)",
            device_id,
            tenant_id=tenant_id,
            read_only=True,
        )
        return _read(rows[0], tenant_id, device_id) if rows else None


def _read(row: Record, tenant_id: str, device_id: str) -> TelemetryEvent:
    return read_event(
        row["event_id"], tenant_id, device_id, row["site_id"], row["time"], row["metrics"]
    )
