"""A tenant's rejected messages, under row-level security; satisfies the API's `RejectionStore`."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.telemetry import RejectedMessage, RejectionFilter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.lists import Key, List, find_page_of_tenant
from pulse_router.stores.reading import find_of_tenant

SHOWN_BYTES: Final = 4096
"""How much of a payload a list shows: a page of whole ones would be hundreds of megabytes."""

_COLUMNS: Final = (
    "id, received_at, device_id, topic, reason, detail, octet_length(payload) AS payload_bytes"
)
SHOWN_COLUMNS: Final = f"""
{_COLUMNS}, CASE WHEN {{shown}} THEN substring(payload FOR {SHOWN_BYTES}) END AS payload
"""
"""What a list shows."""

REJECTED: Final = List(
    source="rejected_messages",
    keys=[Key("received_at", "timestamptz"), Key("id", "bigint")],
    descending=True,
    columns=f"tenant_id, {SHOWN_COLUMNS}",
    weight=f"least(octet_length(payload), {SHOWN_BYTES}) + octet_length(detail) + 500",
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
        self, tenant_id: str, chosen: RejectionFilter, wanted: Wanted
    ) -> Found[RejectedMessage]:
        """See the port. Payloads come cut to `SHOWN_BYTES`."""
        return await find_page_of_tenant(
            self._database,
            REJECTED,
            tenant_id,
            wanted,
            read_rejected,
            conditions={
                "reason = {}": chosen.reason,
                "device_id = {}": chosen.device_id,
                "received_at >= {}": chosen.start,
                "received_at < {}": chosen.end,
            },
        )

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
