"""The orders in which a tenant's routes are listed, in SQL.

Where they go by how routes do, each of the tenant's is asked: what is added to the totals is gone
over once, and what waits is counted up to a bound, as in a list with these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from pulse_router.domain.routes import RouteSort
from pulse_router.stores.lists import Key, List
from pulse_router.stores.pending_rows import fresh_from_mark
from pulse_router.stores.routes.stats import LISTED_AT_MOST
from pulse_router.stores.sums import in_bigint

_HEAVY: Final = """
octet_length(coalesce(payload_filter::text, '')) + octet_length(destination_config::text)
"""
_COLUMNS: Final = f"""
    id, tenant_id, name, topic_filter, destination_type, is_enabled, created_at, updated_at,
    secrets, disabled_reason, version,
    CASE WHEN {{shown}} THEN destination_config END AS destination_config,
    CASE WHEN {{shown}} THEN payload_filter END AS payload_filter,
    CASE WHEN {{shown}} THEN 0 ELSE {_HEAVY} END AS omitted_bytes
    """
_ID: Final = Key("id", "bigint")
ROUTES: Final = List(
    source="message_routes", keys=[_ID], columns=_COLUMNS, weight=f"{_HEAVY} + 500"
)
_UNMERGED: Final = """
SELECT route_id, sum({column}) AS added FROM pulse_delta_mark('route') AS mark, LATERAL (
  SELECT route_id, {column} FROM route_deltas WHERE entered >= mark.entered
  UNION ALL
  SELECT route_id, {column} FROM route_deltas
  WHERE entered = ANY (mark.in_doubt) AND entered < mark.entered
) AS unmerged GROUP BY route_id
"""
_TOTAL: Final = """
coalesce(unmerged.added, 0)
+ coalesce((SELECT {column} FROM route_totals WHERE route_totals.route_id = route.id), 0)
"""
_PENDING: Final = f"""
(SELECT count(*) FROM (
  (SELECT 1 FROM route_deliveries WHERE route_id = route.id AND attempts > 0
   ORDER BY next_attempt_at, id LIMIT {LISTED_AT_MOST + 1})
  UNION ALL
  ({fresh_from_mark("route.id", columns="1", most=str(LISTED_AT_MOST + 1))})
) AS waiting)
"""  # noqa: S608 - fixed text


def _ranked(rank: str, joined: str = "") -> List:
    """List those with the greatest rank first."""
    return attrs.evolve(
        ROUTES,
        source=f"(SELECT route.*, {rank} AS rank FROM message_routes AS route {joined}) AS ranked",  # noqa: S608 - fixed text
        keys=[Key("rank", "bigint"), _ID],
        descending=True,
        columns=f"{_COLUMNS}, rank",
    )


def _by_total(column: str) -> List:
    unmerged = _UNMERGED.format(column=column)
    joined = f"LEFT JOIN ({unmerged}) AS unmerged ON unmerged.route_id = route.id"
    return _ranked(in_bigint(_TOTAL.format(column=column)), joined)


OF_TENANT: Final[Mapping[RouteSort, List]] = {
    RouteSort.ID: ROUTES,
    RouteSort.NAME: attrs.evolve(ROUTES, keys=[Key("name", "text"), _ID]),
    RouteSort.UPDATED: attrs.evolve(
        ROUTES, keys=[Key("updated_at", "timestamptz"), _ID], descending=True
    ),
}
"""What the tenant's own role may see."""

BY_FIGURES: Final[Mapping[RouteSort, List]] = {
    RouteSort.PENDING: _ranked(_PENDING),
    RouteSort.FAILED: _by_total("failed"),
    RouteSort.DEAD_LETTERED: _by_total("dead_lettered"),
}
"""What no tenant's role may read in full: the router does, for a tenant."""
