"""A device's messages and refusals in one order; satisfies the API's `TimelineStore`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pulse_router.domain.insight.timeline import Moment, TimelinePage, merge
from pulse_router.postgres.database import Database
from pulse_router.runtime.times import EARLIEST
from pulse_router.stores.reading import read_each
from pulse_router.stores.rejections import read_rejected
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.history import read_message

_MESSAGES: Final = "SELECT * FROM telemetry_history($1, $2, $3, $4, $5, $6, 0)"
# What is refused at the very time of a message comes behind it, on the way back.
_REFUSALS: Final = """
    SELECT id, received_at, device_id, topic, reason, detail, ''::bytea AS payload,
           octet_length(payload) AS payload_bytes
    FROM rejected_messages
    WHERE tenant_id = $1 AND device_id = $2 AND received_at >= $3
      AND ($4::timestamptz IS NULL OR received_at < $4)
      AND ($5::timestamptz IS NULL OR (received_at, id) < ($5, $6::bigint))
    ORDER BY received_at DESC, id DESC LIMIT $7
    """
_MAX_ID: Final = 2**63 - 1
_MIN_ID: Final = -(2**63)


class PostgresTimelineStore:
    """The timelines.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_timeline(
        self,
        tenant_id: str,
        device_id: str,
        *,
        start: datetime | None,
        end: datetime | None,
        before: Moment | None,
        limit: int,
    ) -> TimelinePage:
        """See the port."""
        since = start or EARLIEST
        at = None if before is None else before.at
        message_id = refusal_id = None
        if before is not None:
            # All refusals of a time stand behind all messages of it.
            message_id = before.id if before.is_message else _MIN_ID
            refusal_id = _MAX_ID if before.is_message else before.id
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            messages = await transaction.fetch(
                _MESSAGES, device_id, since, end, at, message_id, limit + 1
            )
            refusals = await transaction.fetch(
                _REFUSALS, tenant_id, device_id, since, end, at, refusal_id, limit + 1
            )
        return merge(
            read_each(self._database, messages, lambda row: read_message(row, device_id)),
            read_each(self._database, refusals, read_rejected),
            limit,
        )
