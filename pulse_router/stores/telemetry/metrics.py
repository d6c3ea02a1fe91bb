"""What a device's metrics have been; satisfies the API's `MetricStore`.

It runs as `pulse_app`, which may not touch the table itself: the functions see to the tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pulse_router.domain.telemetry import MetricName, Stretch, Stretches
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role

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
    ) -> Sequence[MetricName]:
        """See the port. It goes by the newest messages."""
        rows = await self._database.query(
            Role.APP,
            "SELECT * FROM telemetry_metric_names($1, $2, $3, $4, $5)",
            device_id,
            start,
            end,
            LOOKED_AT_FOR_NAMES,
            MAX_NAMES,
            tenant_id=tenant_id,
            read_only=True,
        )
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
    ) -> Stretches:
        """See the port. It goes by the newest messages."""
        rows = await self._database.query(
            Role.APP,
            "SELECT * FROM telemetry_metric_stretches($1, $2, $3, $4, $5, $6)",
            device_id,
            metric,
            start,
            end,
            seconds,
            self._looked_at,
            tenant_id=tenant_id,
            read_only=True,
        )
        stretches = [
            Stretch(row["stretch"], row["numbers"], row["minimum"], row["mean"], row["maximum"])
            for row in rows
            if row["stretch"] is not None
        ]
        is_all = rows[0]["looked_at"] < self._looked_at
        return Stretches(stretches, None if is_all else rows[0]["since"])
