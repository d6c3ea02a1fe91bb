"""What a device's metrics have been; satisfies the API's `MetricStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pulse_router.domain.telemetry import MetricName, Stretch, Stretches
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.history import is_known

LOOKED_AT_FOR_NAMES: Final = 1_000
MAX_NAMES: Final = 1_000
LOOKED_AT: Final = 200_000
"""How many messages are looked at for numbers: some two days of one a second."""


class PostgresMetricStore:
    """The metrics.

    Args:
        database: Where they are kept.
        looked_at: How many messages are looked at for numbers.
    """

    def __init__(self, database: Database, *, looked_at: int = LOOKED_AT) -> None:
        self._database = database
        self._looked_at = looked_at

    async def list_metrics(
        self, tenant_id: str, device_id: str, start: datetime, end: datetime
    ) -> Sequence[MetricName] | None:
        """See the port. It goes by the newest messages."""
        rows = await self._ask(
            tenant_id,
            device_id,
            "telemetry_metric_names($1, $2, $3, $4, $5)",
            start,
            end,
            LOOKED_AT_FOR_NAMES,
            MAX_NAMES,
        )
        if rows is None:
            return None
        return [
            MetricName(row["name"], row["messages"], row["numbers"], row["last_at"]) for row in rows
        ]

    async def load_stretches(
        self,
        tenant_id: str,
        device_id: str,
        metric: str,
        *,
        start: datetime,
        end: datetime,
        seconds: float,
    ) -> Stretches | None:
        """See the port. It goes by the newest messages."""
        rows = await self._ask(
            tenant_id,
            device_id,
            "telemetry_metric_stretches($1, $2, $3, $4, $5, $6)",
            metric,
            start,
            end,
            seconds,
            self._looked_at,
        )
        if rows is None:
            return None
        stretches = [
            Stretch(row["stretch"], row["numbers"], row["minimum"], row["mean"], row["maximum"])
            for row in rows
            if row["stretch"] is not None
        ]
        is_all = rows[0]["looked_at"] < self._looked_at
        return Stretches(stretches, None if is_all else rows[0]["since"])

    async def _ask(
        self, tenant_id: str, device_id: str, function: str, *args: object
    ) -> Sequence[Record] | None:
        """Ask of a device; None when the tenant has no such device, nor anything that it sent."""
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            if not await is_known(transaction, tenant_id, device_id):
                return None
            return await transaction.fetch(
                f"SELECT * FROM {function}",  # noqa: S608 - fixed text
                device_id,
                *args,
            )
