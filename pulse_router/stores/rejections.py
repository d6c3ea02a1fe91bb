"""A tenant's rejected messages, under row-level security; satisfies the API's `RejectionStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.telemetry import RejectedMessage, RejectionFilter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Role

SHOWN_BYTES: Final = 4096
"""How much of a payload a list shows: a page of whole ones would be hundreds of megabytes."""

_COLUMNS: Final = (
    "id, received_at, device_id, topic, reason, detail, octet_length(payload) AS payload_bytes"
)
_WANTED: Final = """
    tenant_id = $1 AND ($2::text IS NULL OR reason = $2) AND ($3::text IS NULL OR device_id = $3)
    AND received_at >= coalesce($4, '-infinity'::timestamptz)
    AND received_at < coalesce($5, 'infinity'::timestamptz)
    """


class PostgresRejectionStore:
    """The rejected messages.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_rejected(
        self, tenant_id: str, wanted: RejectionFilter, *, limit: int, offset: int
    ) -> tuple[Sequence[RejectedMessage], int]:
        """Give a page of the tenant's rejected messages, newest first, and how many there are.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        values = (tenant_id, wanted.reason, wanted.device_id, wanted.start, wanted.end)
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                f"""
                SELECT {_COLUMNS}, substring(payload FOR $8) AS payload
                FROM rejected_messages WHERE {_WANTED}
                ORDER BY received_at DESC, id DESC LIMIT $6 OFFSET $7
                """,  # noqa: S608 - fixed text
                *values,
                limit,
                offset,
                SHOWN_BYTES,
            )
            total = await transaction.fetch_value(
                f"SELECT count(*) FROM rejected_messages WHERE {_WANTED}",  # noqa: S608 - fixed text
                *values,
            )
        return [read_rejected(row) for row in rows], total

    async def load_rejected(self, tenant_id: str, message_id: int) -> RejectedMessage | None:
        """Give one rejected message with its whole payload, or None when there is no such one.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            row = await transaction.fetch_row(
                f"""
                SELECT {_COLUMNS}, payload FROM rejected_messages WHERE tenant_id = $1 AND id = $2
                """,  # noqa: S608 - fixed text
                tenant_id,
                message_id,
            )
        return None if row is None else read_rejected(row)


def read_rejected(row: Record) -> RejectedMessage:
    """Make a refused message of a row of `rejected_messages`."""
    return RejectedMessage(
        id=row["id"],
        received_at=row["received_at"],
        device_id=row["device_id"],
        topic=row["topic"],
        reason=row["reason"],
        detail=row["detail"],
        payload=row["payload"],
        payload_bytes=row["payload_bytes"],
    )
