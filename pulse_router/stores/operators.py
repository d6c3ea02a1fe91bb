"""What operators look at, across tenants; satisfies the API's `OperatorStore`.

It reads as `pulse_operator`, whom row-level security does not hold, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from pulse_router.domain.devices import RegisteredDevice
from pulse_router.domain.messages import Reason
from pulse_router.domain.operators import (
    COUNTED_AT_MOST,
    AuditEntry,
    AuditFilter,
    Refusal,
    TenantFigures,
    Totals,
)
from pulse_router.domain.routes import Route
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.audit import AUDITED, read_audit
from pulse_router.stores.devices.devices import LAST_SEEN, read_device
from pulse_router.stores.lists import Conditions, Key, List, find_page
from pulse_router.stores.pending_rows import fresh_from_mark
from pulse_router.stores.rejections import REJECTED, read_rejected
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.orders import ROUTES
from pulse_router.stores.routes.rows import read_route

T = TypeVar("T")

# Every tenant that has a device, a route or a dead letter. One look into an index for each tenant,
# not for each row: a fleet of a hundred thousand devices may be that of one tenant.
_TENANTS: Final = """
WITH RECURSIVE of_devices AS (
  SELECT min(tenant_id) AS tenant_id FROM devices
  UNION ALL
  SELECT (SELECT min(tenant_id) FROM devices WHERE tenant_id > of_devices.tenant_id)
  FROM of_devices WHERE tenant_id IS NOT NULL
), of_routes AS (
  SELECT min(tenant_id) AS tenant_id FROM message_routes
  UNION ALL
  SELECT (SELECT min(tenant_id) FROM message_routes WHERE tenant_id > of_routes.tenant_id)
  FROM of_routes WHERE tenant_id IS NOT NULL
), of_dead_letters AS (
  SELECT min(tenant_id) AS tenant_id FROM dead_letter_messages
  UNION ALL
  SELECT (SELECT min(tenant_id) FROM dead_letter_messages
          WHERE tenant_id > of_dead_letters.tenant_id)
  FROM of_dead_letters WHERE tenant_id IS NOT NULL
), tenants AS (
  SELECT tenant_id FROM of_devices UNION SELECT tenant_id FROM of_routes
  UNION SELECT tenant_id FROM of_dead_letters
)
"""

# A tenant's deliveries are found by its routes, for which there is an index. Where nearly all is
# one tenant's, the planner takes it that any row of a table will do for the others too, and reads
# all of it for each of them; so orders and ranges leave it one way, along the index that is meant.
_FIGURES: Final = f"""
{_TENANTS}, page AS (
  SELECT tenant_id FROM tenants WHERE tenant_id IS NOT NULL
    AND ($4::text IS NULL OR tenant_id > $4)
  ORDER BY tenant_id LIMIT $1 OFFSET $2
)
SELECT tenant_id,
  (SELECT count(*) FROM (SELECT FROM devices AS d WHERE d.tenant_id = page.tenant_id LIMIT $3)
   AS counted) AS devices,
  (SELECT count(*) FROM message_routes AS r WHERE r.tenant_id = page.tenant_id) AS routes,
  (SELECT count(*) FROM message_routes AS r WHERE r.tenant_id = page.tenant_id AND is_enabled)
    AS enabled_routes,
  (SELECT count(*) FROM (
     SELECT FROM message_routes AS r,
       LATERAL (({fresh_from_mark("r.id", columns="", most="$3")})
                UNION ALL
                (SELECT FROM route_deliveries WHERE route_id = r.id AND attempts > 0
                 ORDER BY next_attempt_at, id LIMIT $3)) AS of_route
     WHERE r.tenant_id = page.tenant_id LIMIT $3) AS counted) AS pending,
  (SELECT count(*) FROM (
     SELECT FROM dead_letter_messages AS m
     WHERE m.tenant_id BETWEEN page.tenant_id AND page.tenant_id AND status = 'FAILED'
     ORDER BY m.tenant_id LIMIT $3) AS counted) AS dead_letters,
  (SELECT count(*) FROM (
     SELECT FROM rejected_messages AS m
     WHERE m.tenant_id BETWEEN page.tenant_id AND page.tenant_id
     ORDER BY m.tenant_id, received_at LIMIT $3) AS counted)
    AS rejected,
  greatest(
    (SELECT max(last_seen_at) FROM devices AS d WHERE d.tenant_id = page.tenant_id),
    pulse_tenant_last_seen(page.tenant_id)) AS last_message_at,
  (SELECT count(*) FROM (SELECT FROM device_groups AS g WHERE g.tenant_id = page.tenant_id LIMIT $3)
   AS counted) AS groups,
  (SELECT count(*) FROM (
     SELECT FROM alerts AS a WHERE a.tenant_id = page.tenant_id AND status <> 'CLOSED' LIMIT $3)
   AS counted) AS open_alerts,
  (SELECT greatest(coalesce(sum(bytes), 0), 0)::bigint FROM audit_usage AS u
   WHERE u.tenant_id = page.tenant_id) AS audit_bytes
FROM page ORDER BY tenant_id
"""  # noqa: S608 - fixed text

_ALONG_INDEXES: Final = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off
"""

_TOTALS: Final = f"""
{_TENANTS}
SELECT (SELECT count(tenant_id) FROM tenants) AS tenants,
       (SELECT count(*) FROM devices) AS devices,
       (SELECT count(*) FROM message_routes) AS routes
"""  # noqa: S608 - fixed text

_DEVICES: Final = List(
    source="devices",
    keys=[Key("tenant_id", "text"), Key("device_id", "text")],
    columns=f"tenant_id, device_id, site_id, status, created_at, {LAST_SEEN}",
)


class PostgresOperatorStore:
    """Everybody's things.

    Args:
        database: Where they are kept.
        sealer: Opens what is encrypted of routes.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def list_tenants(self, wanted: Wanted) -> tuple[Found[TenantFigures], Totals]:
        """See the port. Each of a tenant's things is counted up to `COUNTED_AT_MOST`."""
        (after,) = (None,) if wanted.after is None else wanted.after
        async with self._database.transaction(Role.OPERATOR, read_only=True) as transaction:
            row = await transaction.fetch_row(_TOTALS)
            await transaction.execute(_ALONG_INDEXES)
            rows = await transaction.fetch(
                _FIGURES, wanted.limit + 1, wanted.offset, COUNTED_AT_MOST, after
            )
        assert row is not None  # noqa: S101 - a count is a row
        totals, page = Totals(**row), [TenantFigures(**each) for each in rows[: wanted.limit]]
        following = (page[-1].tenant_id,) if len(page) < len(rows) else None
        return Found(page, totals.tenants, next=following), totals

    async def list_routes(self, tenant_id: str | None, wanted: Wanted) -> Found[Route]:
        """See the port."""
        read = partial(read_route, sealer=self._sealer)
        return await self._find(ROUTES, wanted, read, {"tenant_id = {}": tenant_id})

    async def list_devices(self, tenant_id: str | None, wanted: Wanted) -> Found[RegisteredDevice]:
        """See the port."""
        return await self._find(_DEVICES, wanted, read_device, {"tenant_id = {}": tenant_id})

    async def list_refused(
        self,
        tenant_id: str | None,
        *,
        reason: Reason | None,
        device_id: str | None,
        wanted: Wanted,
    ) -> Found[Refusal]:
        """See the port. Payloads come cut to `SHOWN_BYTES`."""
        conditions = {
            "tenant_id = {}": tenant_id,
            "reason = {}": None if reason is None else reason.value,
            "device_id = {}": device_id,
        }
        return await self._find(
            REJECTED,
            wanted,
            lambda row: Refusal(row["tenant_id"], read_rejected(row)),
            conditions,
        )

    async def list_audit(self, chosen: AuditFilter, wanted: Wanted) -> Found[AuditEntry]:
        """See the port."""
        conditions = {
            "tenant_id = {}": chosen.tenant_id,
            "subject = {}": chosen.subject,
            "action = {}": chosen.action,
        }
        return await self._find(AUDITED, wanted, read_audit, conditions)

    async def _find(
        self,
        listed: List,
        wanted: Wanted,
        make: Callable[[Record], T],
        conditions: Conditions,
    ) -> Found[T]:
        return await find_page(
            self._database, Role.OPERATOR, listed, wanted, make, conditions=conditions
        )
