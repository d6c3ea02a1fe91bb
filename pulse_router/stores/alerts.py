"""A tenant's alerts, under row-level security; satisfies the API's `AlertStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.alerts import (
    Alert,
    AlertChange,
    AlertDraft,
    AlertFilter,
    AlertSeverity,
    AlertStatus,
    changed,
)
from pulse_router.domain.budgets import Budgets, LimitReached
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record, Transaction
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.lists import Key, List, find_page_of_tenant
from pulse_router.stores.reading import fetch_of_tenant, find_of_tenant, read_each, read_one
from pulse_router.stores.roles import Role
from pulse_router.stores.room import find_room

_COLUMNS: Final = (
    "id, tenant_id, device_id, severity, title, key, status, opened_at, updated_at, closed_at"
)
_ALERTS: Final = List(
    source="alerts", keys=[Key("id", "bigint")], descending=True, columns=_COLUMNS
)
_OPEN: Final = f"""
    SELECT {_COLUMNS} FROM alerts
    WHERE tenant_id = $1 AND status <> 'CLOSED' ORDER BY id DESC LIMIT $2
    """  # noqa: S608 - fixed text
_ONE: Final = f"SELECT {_COLUMNS} FROM alerts WHERE tenant_id = $1 AND id = $2"  # noqa: S608 - fixed text


class PostgresAlertStore:
    """The alerts.

    Args:
        database: Where they are kept.
        budgets: How many a tenant may have open.
    """

    def __init__(self, database: Database, budgets: Budgets | None = None) -> None:
        self._database = database
        self._budgets = budgets or Budgets()

    async def list_alerts(
        self, tenant_id: str, chosen: AlertFilter, wanted: Wanted
    ) -> Found[Alert]:
        """See the port."""
        return await find_page_of_tenant(
            self._database,
            _ALERTS,
            tenant_id,
            wanted,
            read_alert,
            conditions={
                "status = ANY ({})": None if chosen.statuses is None else sorted(chosen.statuses),
                "severity = {}": chosen.severity,
                "device_id = {}": chosen.device_id,
            },
        )

    async def load_open_alerts(self, tenant_id: str, *, limit: int) -> Sequence[Alert]:
        """See the streams' port."""
        rows = await fetch_of_tenant(self._database, tenant_id, _OPEN, limit)
        return read_each(self._database, rows, read_alert)

    async def load_alert(self, tenant_id: str, alert_id: int) -> Alert | None:
        """See the port."""
        row = await find_of_tenant(self._database, tenant_id, _ONE, alert_id)
        return None if row is None else read_one(self._database, row, read_alert)

    async def raise_alert(self, tenant_id: str, draft: AlertDraft) -> tuple[Alert, bool] | None:
        """See the port. The device is held meanwhile."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            room = await find_room(
                transaction, "open_alerts", tenant_id, self._budgets.of(tenant_id)
            )
            # The device cannot be removed before this ends, or its alert would stay open for ever.
            device = await transaction.fetch_row(
                "SELECT FROM devices WHERE tenant_id = $1 AND device_id = $2 FOR KEY SHARE",
                tenant_id,
                draft.device_id,
            )
            if device is None:
                return None
            row = await transaction.fetch_row(
                f"""
                INSERT INTO alerts (tenant_id, device_id, severity, title, key)
                SELECT $1, $2, $3, $4, $5
                WHERE $6 OR EXISTS (SELECT FROM alerts WHERE tenant_id = $1 AND device_id = $2
                                                         AND key = $5 AND status <> 'CLOSED')
                ON CONFLICT (tenant_id, device_id, key) WHERE status <> 'CLOSED'
                DO UPDATE SET severity = excluded.severity, title = excluded.title,
                              updated_at = excluded.updated_at
                RETURNING {_COLUMNS}, xmax = 0 AS is_new
                """,  # noqa: S608 - fixed text
                tenant_id,
                draft.device_id,
                draft.severity,
                draft.title,
                draft.key,
                not isinstance(room, LimitReached),
            )
        if row is None:
            if isinstance(room, LimitReached):
                self._budgets.refused(tenant_id, "open_alerts")
                raise room
            raise RuntimeError("an alert was neither raised nor found")
        return read_one(self._database, row, read_alert), row["is_new"]

    async def change_alert(
        self, tenant_id: str, alert_id: int, change: AlertChange
    ) -> Alert | None:
        """See the port. The row is locked while `changed` judges it; the time is the database's."""
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            row = await transaction.fetch_row(
                f"""
                SELECT {_COLUMNS}, now() AS now FROM alerts
                WHERE tenant_id = $1 AND id = $2 FOR UPDATE
                """,  # noqa: S608 - fixed text
                tenant_id,
                alert_id,
            )
            if row is None:
                return None
            before = read_one(self._database, row, read_alert)
            after = changed(before, change, row["now"])
            if after is not before:
                await _write(transaction, after)
        return after


async def close_alerts_of(transaction: Transaction, tenant_id: str, device_id: str) -> None:
    """Close what is open about a device that is being removed."""
    await transaction.execute(
        """
        UPDATE alerts SET status = 'CLOSED', updated_at = now(), closed_at = now()
        WHERE tenant_id = $1 AND device_id = $2 AND status <> 'CLOSED'
        """,
        tenant_id,
        device_id,
    )


async def _write(transaction: Transaction, alert: Alert) -> None:
    await transaction.execute(
        """
        UPDATE alerts SET severity = $3, title = $4, status = $5, updated_at = $6, closed_at = $7
        WHERE tenant_id = $1 AND id = $2
        """,
        alert.tenant_id,
        alert.id,
        alert.severity,
        alert.title,
        alert.status,
        alert.updated_at,
        alert.closed_at,
    )


def read_alert(row: Record) -> Alert:
    """Make an alert of a row of `alerts`."""
    return Alert(
        id=row["id"],
        tenant_id=row["tenant_id"],
        device_id=row["device_id"],
        severity=AlertSeverity(row["severity"]),
        title=row["title"],
        key=row["key"],
        status=AlertStatus(row["status"]),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        closed_at=row["closed_at"],
    )
