"""How what is pending is read where much has ended: from the marks on that are written down."""

from __future__ import annotations

from typing import Final

ALONG_INDEXES: Final = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off
"""
"""The planner counts no dead: where few rows live it would read the whole table for one of them."""


def fresh_from_mark(route: str, *, columns: str, most: str, of_tenant: str = "") -> str:
    """Say in SQL what a route has that was never attempted, in the order it came, from its mark on.

    Args:
        route: The route's id.
        columns: What is wanted of each.
        most: How many at the most, of those behind the mark and of those in doubt before it.
        of_tenant: A condition on the tenant, such as `AND tenant_id = $1`.
    """
    wanted = f"SELECT {columns} FROM route_deliveries WHERE route_id = {route} AND attempts = 0"  # noqa: S608 - fixed text
    place = "(route_deliveries.entered, route_deliveries.id)"
    return f"""
    SELECT behind.* FROM pulse_route_mark({route}) AS mark, LATERAL (
      ({wanted} {of_tenant} AND {place} > (mark.entered, mark.last_id)
       ORDER BY entered, id LIMIT {most})
      UNION ALL
      ({wanted} {of_tenant} AND route_deliveries.entered = ANY (mark.in_doubt)
       AND {place} <= (mark.entered, mark.last_id) ORDER BY entered, id LIMIT {most})
    ) AS behind
    """  # noqa: S608 - fixed text
