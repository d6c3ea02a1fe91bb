"""A tenant's registered devices, under row-level security; satisfies the API's `DeviceStore`."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.domain.devices import RegisteredDevice
from pulse_router.domain.messages import DeviceStatus
from pulse_router.postgres.database import Database, Record, Role


class PostgresDeviceStore:
    """The devices.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_devices(
        self, tenant_id: str, *, limit: int, offset: int
    ) -> tuple[Sequence[RegisteredDevice], int]:
        """Give a page of the tenant's devices, by id, and how many there are in all.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        async with self._database.transaction(
            Role.APP, tenant_id=tenant_id, read_only=True
        ) as transaction:
            rows = await transaction.fetch(
                """
                SELECT tenant_id, device_id, site_id, status, created_at, last_seen_at
                FROM devices WHERE tenant_id = $1
                ORDER BY device_id LIMIT $2 OFFSET $3
                """,
                tenant_id,
                limit,
                offset,
            )
            total = await transaction.fetch_value(
                "SELECT count(*) FROM devices WHERE tenant_id = $1", tenant_id
            )
        return [_read_device(row) for row in rows], total

    async def create_device(
        self, tenant_id: str, device_id: str, *, site_id: str | None, token_hash: bytes
    ) -> RegisteredDevice | None:
        """Register a device; None when the tenant has one of this id already.

        Raises:
            Unavailable: It is not known to be stored.
            DataRefused: A value cannot be stored.
        """
        async with self._database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
            row = await transaction.fetch_row(
                """
                INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT (tenant_id, device_id) DO NOTHING
                RETURNING tenant_id, device_id, site_id, status, created_at, last_seen_at
                """,
                tenant_id,
                device_id,
                site_id,
                token_hash,
            )
        return None if row is None else _read_device(row)


def _read_device(row: Record) -> RegisteredDevice:
    return RegisteredDevice(
        tenant_id=row["tenant_id"],
        device_id=row["device_id"],
        site_id=row["site_id"],
        status=DeviceStatus(row["status"]),
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
    )
