"""A tenant's rejected messages, under row-level security; satisfies the API's `RejectionStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.telemetry import RejectedMessage, RejectionFilter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.pages import Listing, fetch_page_of_tenant
from pulse_router.stores.reading import find_of_tenant

SHOWN_BYTES: Final = 4096
"""How much of a payload a list shows: a page of whole ones would be hundreds of megabytes."""

_COLUMNS: Final = (
    "id, received_at, device_id, topic, reason, detail, octet_length(payload) AS payload_bytes"
)
SHOWN_COLUMNS: Final = f"{_COLUMNS}, substring(payload FOR {SHOWN_BYTES}) AS payload"
"""What a list shows."""

_REJECTED: Final = Listing(
    source="rejected_messages",
    wanted="""
    tenant_id = $1 AND ($2::text IS NULL OR reason = $2) AND ($3::text IS NULL OR device_id = $3)
    AND received_at >= coalesce($4, '-infinity'::timestamptz)
    AND received_at < coalesce($5, 'infinity'::timestamptz)
    """,
    order="received_at DESC, id DESC",
    columns=SHOWN_COLUMNS,
)
_ONE: Final = f"""
    SELECT {_COLUMNS}, payload FROM rejected_messages WHERE tenant_id = $1 AND id = $2
    """  # noqa: S608 - fixed text


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
        """See the port. Payloads come cut to `SHOWN_BYTES`."""
        page = await fetch_page_of_tenant(
            self._database,
            _REJECTED,
            tenant_id,
            wanted.reason,
            wanted.device_id,
            wanted.start,
            wanted.end,
            limit=limit,
            offset=offset,
        )
        return page.read(read_rejected)

    async def load_rejected(self, tenant_id: str, message_id: int) -> RejectedMessage | None:
        """See the port."""
        row = await find_of_tenant(self._database, tenant_id, _ONE, message_id)
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
