"""What a tenant has at a glance; satisfies the API's `OverviewStore`.

Whatever is counted is counted up to a bound. It must not know what is done about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.insight.overview import Attention, Need, RouteTroubles, States, TenantBooks
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.deltas import UNMERGED_LEDGER
from pulse_router.stores.ingest.statements import COUNTS_BY_TENANT
from pulse_router.stores.pending_rows import fresh_from_mark
from pulse_router.stores.reading import fetch_of_tenant, read_each
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

COUNTED_AT_MOST: Final = 10_000
GROWING_SECONDS: Final = 3600
"""Within how long dead letters and refusals are looked at: what is older is no news."""
SILENT_SECONDS: Final = 24 * 3600
"""After how long a device that was heard of is called silent."""
ROUTES_TOLD: Final = 20
"""How many routes are told of for one reason."""

_ALONG_INDEXES: Final[Mapping[str, str]] = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "jit": "off",
}

_PENDING_OF_ROUTE: Final = f"""
({fresh_from_mark("r.id", columns="created_at", most="$2")})
UNION ALL
(SELECT created_at FROM route_deliveries WHERE route_id = r.id AND attempts > 0
 ORDER BY next_attempt_at, id LIMIT $2)
"""  # noqa: S608 - fixed text

# One statement is one snapshot: what is counted fits what it is held against.
_BOOKS: Final = f"""
WITH counts AS (
  SELECT counts.name, counts.value FROM pulse_batches() AS batch, {COUNTS_BY_TENANT}
  WHERE by_tenant.tenant_id = $1
  UNION ALL
  SELECT name, value FROM pulse_ledger_totals_of(ARRAY[$1])
  UNION ALL
  SELECT name, value FROM {UNMERGED_LEDGER} WHERE tenant_id = $1
)
SELECT name, {in_bigint("sum(value)")} AS value FROM counts GROUP BY name
UNION ALL
SELECT 'pending', count(*) FROM (
  SELECT FROM message_routes AS r, LATERAL ({_PENDING_OF_ROUTE}) AS of_route
  WHERE r.tenant_id = $1 LIMIT $2) AS counted
UNION ALL
SELECT 'dead_lettered', count(*) FROM (
  SELECT FROM dead_letter_messages AS m
  WHERE m.tenant_id BETWEEN $1 AND $1 AND status = 'FAILED' ORDER BY m.tenant_id LIMIT $2
) AS counted
"""  # noqa: S608 - fixed text

_STATES: Final = """
SELECT
  (SELECT count(*) FROM message_routes WHERE tenant_id = $1 AND is_enabled) AS routes_enabled,
  (SELECT count(*) FROM message_routes WHERE tenant_id = $1 AND NOT is_enabled) AS routes_disabled,
  (SELECT count(*) FROM devices WHERE tenant_id = $1 AND status = 'ACTIVE') AS devices_active,
  (SELECT count(*) FROM devices WHERE tenant_id = $1 AND status = 'REVOKED') AS devices_revoked,
  (SELECT count(*) FROM device_groups WHERE tenant_id = $1) AS groups,
  (SELECT count(*) FROM (SELECT FROM alerts WHERE tenant_id = $1 AND status = 'OPEN' LIMIT $2)
   AS counted) AS alerts_open,
  (SELECT count(*) FROM (SELECT FROM alerts WHERE tenant_id = $1 AND status = 'ACKNOWLEDGED'
   LIMIT $2) AS counted) AS alerts_acknowledged
"""


def _needs(of_tenant: str) -> str:
    """Say in SQL what needs attention; `of_tenant` is a condition on the tenant, with `$1`."""

    def routes(need: Need, condition: str, said: str = "NULL") -> str:
        return f"""
        (SELECT '{need}' AS need, r.tenant_id, r.id AS route_id, r.name AS route_name,
                r.updated_at AS since, NULL::bigint AS count, {said}::text AS said
         FROM message_routes AS r WHERE {of_tenant} AND {condition}
         ORDER BY r.id LIMIT {ROUTES_TOLD})
        """  # noqa: S608 - fixed text

    return f"""
    {routes(Need.ROUTE_WITHOUT_KEY, "r.id = ANY ($3::bigint[])")}
    UNION ALL
    {routes(Need.ROUTE_GONE, "NOT is_enabled AND disabled_reason <> ''", "r.disabled_reason")}
    UNION ALL
    (SELECT '{Need.BREAKER_OPEN}', r.tenant_id, r.id, r.name, waiting.since, waiting.count, NULL
     FROM message_routes AS r, LATERAL (
       SELECT min(created_at) AS since, count(*) AS count FROM (
         SELECT created_at FROM route_deliveries WHERE route_id = r.id AND attempts > 0
         ORDER BY next_attempt_at, id LIMIT $2) AS first_due) AS waiting
     WHERE {of_tenant} AND r.id = ANY ($4::bigint[]) AND is_enabled
     ORDER BY r.id LIMIT {ROUTES_TOLD})
    UNION ALL
    (SELECT '{Need.DEAD_LETTERS_GROWING}', tenant_id, route_id,
            (SELECT name FROM message_routes AS r WHERE r.id = route_id), min(created_at),
            count(*), NULL
     FROM (SELECT tenant_id, route_id, created_at FROM dead_letter_messages
           WHERE {of_tenant} AND status = 'FAILED' ORDER BY id DESC LIMIT $2) AS newest
     WHERE created_at > now() - make_interval(secs => {GROWING_SECONDS})
     GROUP BY tenant_id, route_id ORDER BY count(*) DESC, route_id LIMIT {ROUTES_TOLD})
    UNION ALL
    (SELECT '{Need.DEVICES_SILENT}', tenant_id, NULL, NULL, min(last_seen_at), count(*), NULL
     FROM (SELECT tenant_id, last_seen_at FROM devices
           WHERE {of_tenant} AND status = 'ACTIVE'
             AND last_seen_at < now() - make_interval(secs => {SILENT_SECONDS}) LIMIT $2) AS silent
     GROUP BY tenant_id ORDER BY count(*) DESC, tenant_id LIMIT {ROUTES_TOLD})
    UNION ALL
    (SELECT '{Need.DEVICES_REFUSED}', tenant_id, NULL, NULL, min(received_at), count(*),
            count(DISTINCT device_id)::text
     FROM (SELECT tenant_id, device_id, received_at FROM rejected_messages
           WHERE {of_tenant} AND received_at > now() - make_interval(secs => {GROWING_SECONDS})
           ORDER BY received_at DESC LIMIT $2) AS refused
     GROUP BY tenant_id ORDER BY count(*) DESC, tenant_id LIMIT {ROUTES_TOLD})
    UNION ALL
    (SELECT '{Need.ALERTS_OPEN}', tenant_id, NULL, NULL, min(opened_at), count(*), NULL
     FROM (SELECT tenant_id, opened_at FROM alerts WHERE {of_tenant} AND status = 'OPEN' LIMIT $2)
       AS open
     GROUP BY tenant_id ORDER BY count(*) DESC, tenant_id LIMIT {ROUTES_TOLD})
    """  # noqa: S608 - fixed text


_NEEDS: Final = _needs("tenant_id = $1")
_NEEDS_OF_ALL: Final = _needs("$1::text IS NULL")


class PostgresOverviewStore:
    """What there is.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_books(self, tenant_id: str) -> TenantBooks:
        """See the port. A tenant's role may not read all that they are made of: the router does."""
        rows = await self._database.query(
            Role.OPERATOR,
            _BOOKS,
            tenant_id,
            COUNTED_AT_MOST + 1,
            tenant_id=tenant_id,
            read_only=True,
            local=_ALONG_INDEXES,
        )
        counts: dict[str, int] = {row["name"]: row["value"] for row in rows}
        return TenantBooks(
            counts,
            pending_is_exact=counts["pending"] <= COUNTED_AT_MOST,
            dead_lettered_is_exact=counts["dead_lettered"] <= COUNTED_AT_MOST,
        )

    async def load_states(self, tenant_id: str) -> States:
        """See the port."""
        [row] = await fetch_of_tenant(self._database, tenant_id, _STATES, COUNTED_AT_MOST)
        return States(**row)

    async def load_needs(
        self, tenant_id: str | None, troubles: RouteTroubles
    ) -> Sequence[Attention]:
        """See the port."""
        rows = await self._database.query(
            Role.OPERATOR if tenant_id is None else Role.APP,
            _NEEDS_OF_ALL if tenant_id is None else _NEEDS,
            tenant_id,
            COUNTED_AT_MOST + 1,
            sorted(troubles.without_key),
            sorted(troubles.breaker_open),
            tenant_id=tenant_id,
            read_only=True,
        )
        return read_each(self._database, rows, _attention)


def _attention(row: Record) -> Attention:
    need, count = Need(row["need"]), row["count"]
    said = row["said"]
    if need is Need.DEVICES_REFUSED:
        devices = "one device" if said == "1" else f"{said} devices"
        said = f"refused within the last hour, of {devices}"
    return Attention(
        need=need,
        tenant_id=row["tenant_id"],
        route_id=row["route_id"],
        route_name=row["route_name"],
        since=row["since"],
        count=None if count is None else min(count, COUNTED_AT_MOST),
        count_is_exact=count is None or count <= COUNTED_AT_MOST,
        said=said,
    )
