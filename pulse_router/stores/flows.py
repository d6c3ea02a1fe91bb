"""Reads what has become of tenants' messages and deliveries: what only grows, and is never counted.

Satisfies the `FlowSource` of live streams.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from pulse_router.domain.insight.flows import Flows, RouteFlows
from pulse_router.postgres.database import Database
from pulse_router.stores.deltas import UNMERGED_LEDGER
from pulse_router.stores.ingest.statements import COUNTS_BY_TENANT
from pulse_router.stores.roles import Role
from pulse_router.stores.sums import in_bigint

# One statement is one snapshot: the routes fit the books.
_FLOWS: Final = f"""
WITH mark AS MATERIALIZED (
  SELECT entered, in_doubt FROM pulse_delta_mark('route')
), counts AS (
  SELECT by_tenant.tenant_id, counts.name, counts.value
  FROM pulse_batches() AS batch, {COUNTS_BY_TENANT}
  WHERE by_tenant.tenant_id = ANY ($1::text[])
  UNION ALL
  SELECT tenant_id, name, value FROM pulse_ledger_totals_of($1::text[])
  UNION ALL
  SELECT tenant_id, name, value FROM {UNMERGED_LEDGER} WHERE tenant_id = ANY ($1::text[])
), moved AS MATERIALIZED (
  SELECT route_id, tenant_id, delivered, failed, dead_lettered FROM route_deltas
  WHERE entered >= (SELECT entered FROM mark) AND tenant_id = ANY ($1::text[])
  UNION ALL
  SELECT route_id, tenant_id, delivered, failed, dead_lettered FROM route_deltas
  WHERE entered = ANY ((SELECT in_doubt FROM mark)::xid8[])
    AND entered < (SELECT entered FROM mark) AND tenant_id = ANY ($1::text[])
), totals AS (
  SELECT route_id, tenant_id, delivered, failed, dead_lettered FROM pulse_route_totals(ARRAY(
    SELECT route_id FROM moved
    UNION SELECT unnest($3::bigint[])
    UNION SELECT id FROM message_routes WHERE tenant_id = ANY ($2::text[])))
  WHERE tenant_id = ANY ($1::text[] || $2::text[])
  UNION ALL
  SELECT * FROM moved
)
SELECT tenant_id, NULL::bigint AS route_id, name, {in_bigint("sum(value)")} AS value,
       0::bigint AS failed, 0::bigint AS dead_lettered
FROM counts GROUP BY tenant_id, name
UNION ALL
SELECT tenant_id, route_id, '', {in_bigint("sum(delivered)")}, {in_bigint("sum(failed)")},
       {in_bigint("sum(dead_lettered)")}
FROM totals GROUP BY tenant_id, route_id
"""  # noqa: S608 - fixed text

_ALONG_INDEXES: Final[Mapping[str, str]] = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}
"""What is merged lies dead for a while, and is passed only by way of the index."""


class PostgresFlowSource:
    """What has become of everything.

    Args:
        database: Where it is written down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_flows(
        self, tenant_ids: Collection[str], *, whole: Collection[str], routes: Collection[int]
    ) -> Flows:
        """See the port. What has moved within the last seconds is what is not merged yet."""
        rows = await self._database.query(
            Role.OPERATOR,
            _FLOWS,
            list(tenant_ids),
            list(whole),
            list(routes),
            read_only=True,
            local=_ALONG_INDEXES,
        )
        tenants: dict[str, dict[str, int]] = {}
        of_routes: dict[str, dict[int, RouteFlows]] = {}
        for tenant_id, route_id, name, value, failed, dead_lettered in rows:
            if route_id is None:
                tenants.setdefault(tenant_id, {})[name] = value
            else:
                flows = RouteFlows(value, failed, dead_lettered)
                of_routes.setdefault(tenant_id, {})[route_id] = flows
        return Flows(tenants, of_routes)
