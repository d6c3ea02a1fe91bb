"""Finds what an id or a name is among what a tenant has; satisfies the API's `ThingFinder`."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.insight.finding import Kind, Thing, device_in, number_in
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import fetch_of_tenant, read_each

NAMED_AT_MOST: Final = 20
"""How many routes, or devices, are given of those whose names hold a text."""

# Each by an index; `receipts_find` and `telemetry_message` see to the tenant.
_BY_NUMBER: Final = """
    SELECT 'message' AS kind, event_id::text AS id, device_id || ', ' || msg_type AS text
    FROM telemetry_message($2)
    UNION ALL
    SELECT 'delivery', id::text, 'pending, of route ' || route_id FROM route_deliveries
    WHERE tenant_id = $1 AND id = $2
    UNION ALL
    SELECT 'delivery', delivery_id::text, 'delivered, by route ' || route_id
    FROM receipts_find(NULL, $2)
    UNION ALL
    SELECT 'delivery', delivery_id::text, 'given up, of route ' || route_id
    FROM dead_letter_messages WHERE tenant_id = $1 AND delivery_id = $2
    UNION ALL
    SELECT 'dead_letter', id::text, status || ', of route ' || route_id || ': ' || error_message
    FROM dead_letter_messages WHERE tenant_id = $1 AND id = $2
    UNION ALL
    SELECT 'rejected_message', id::text, reason || ': ' || detail FROM rejected_messages
    WHERE tenant_id = $1 AND id = $2
    UNION ALL
    SELECT 'route', id::text, name FROM message_routes WHERE tenant_id = $1 AND id = $2
    """
_BY_NAME: Final = f"""
    (SELECT 'device' AS kind, device_id AS id, status AS text FROM devices
     WHERE tenant_id = $1 AND device_id = $2)
    UNION ALL
    (SELECT 'device', $2, 'not registered, but heard of'
     FROM telemetry_history($2, NULL, NULL, NULL, NULL, 1, 0)
     WHERE NOT EXISTS (SELECT FROM devices WHERE tenant_id = $1 AND device_id = $2))
    UNION ALL
    (SELECT 'device', device_id, status FROM devices
     WHERE tenant_id = $1 AND device_id <> $2 AND strpos(lower(device_id), lower($2)) > 0
     ORDER BY device_id LIMIT {NAMED_AT_MOST})
    UNION ALL
    (SELECT 'route', id::text, name FROM message_routes
     WHERE tenant_id = $1 AND strpos(lower(name), lower($3)) > 0 ORDER BY id LIMIT {NAMED_AT_MOST})
    UNION ALL
    (SELECT 'request', $3::text, action || ' ' || coalesce(target_type || ' ' || target_id, '')
     FROM pulse_audit_of_request($3))
    """  # noqa: S608 - fixed text


class PostgresThingFinder:
    """What a tenant has.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, tenant_id: str, text: str) -> list[Thing]:
        """See the port."""
        rows: list[Record] = []
        number = number_in(text)
        if number is not None:
            rows += await fetch_of_tenant(self._database, tenant_id, _BY_NUMBER, number)
        device_id = device_in(text, tenant_id)
        rows += await fetch_of_tenant(self._database, tenant_id, _BY_NAME, device_id, text)
        things = read_each(self._database, rows, _read)
        return list({(each.kind, each.id, each.text): each for each in things}.values())


def _read(row: Record) -> Thing:
    return Thing(kind=Kind(row["kind"]), id=row["id"], text=row["text"])
