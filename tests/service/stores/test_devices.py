"""The registry as ingest sees it, on a real PostgreSQL: looked up, registered once, heard of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Device, DeviceKey, DeviceStatus, NewDevice
from pulse_router.postgres.database import Database
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.roles import Role

NOW = datetime(2026, 2, 16, tzinfo=UTC)
HASH = hashlib.sha256(b"token").digest()
OTHER = hashlib.sha256(b"other").digest()


@pytest.fixture
async def source(database: Database) -> PostgresDeviceSource:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            "INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash, status)"
            " VALUES ('T1', 'D1', 'S', $1, 'ACTIVE'), ('T2', 'D1', NULL, NULL, 'REVOKED')",
            HASH,
        )
    return PostgresDeviceSource(database)


async def last_seen(database: Database) -> dict[DeviceKey, datetime | None]:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT tenant_id, device_id, last_seen_at FROM devices")
    return {(row[0], row[1]): row[2] for row in rows}


async def test_devices_are_looked_up_all_at_once(source: PostgresDeviceSource) -> None:
    found = await source.load_devices([("T1", "D1"), ("T2", "D1"), ("T1", "D2"), ("T3", "D1")])
    assert found.devices == {
        ("T1", "D1"): Device("S", HASH, DeviceStatus.ACTIVE),
        ("T2", "D1"): Device(None, None, DeviceStatus.REVOKED),
    }
    assert set(found.tenants) == {"T1", "T2"}


async def test_a_newcomer_is_registered_and_the_known_keep_what_they_have(
    source: PostgresDeviceSource,
) -> None:
    newcomers = [
        NewDevice("T9", "D2", "SITE", OTHER),
        NewDevice("T9", "D1", None, None),
        NewDevice("T1", "D1", "ELSEWHERE", OTHER),
    ]
    keys = [("T9", "D1"), ("T9", "D2"), ("T1", "D1")]
    for _ in range(2):
        found = await source.load_devices(keys, newcomers)
        assert found.devices == {
            ("T9", "D1"): Device(None, None, DeviceStatus.ACTIVE),
            ("T9", "D2"): Device("SITE", OTHER, DeviceStatus.ACTIVE),
            ("T1", "D1"): Device("S", HASH, DeviceStatus.ACTIVE),
        }
        assert set(found.tenants) == {"T1", "T9"}


async def test_when_two_routers_register_a_device_both_read_the_same(
    source: PostgresDeviceSource,
) -> None:
    keys = [("T9", f"D{number}") for number in range(200)]
    read: list[dict[DeviceKey, Device]] = []

    async def contact(token_hash: bytes, order: int) -> None:
        newcomers = [NewDevice(*key, None, token_hash) for key in keys[::order]]
        read.append(dict((await source.load_devices(keys, newcomers)).devices))

    async with trio.open_nursery() as nursery:
        for token_hash, order in [(HASH, 1), (OTHER, -1), (HASH, -1), (OTHER, 1)]:
            nursery.start_soon(contact, token_hash, order)
    assert len(read[0]) == len(keys)
    assert all(found == read[0] for found in read)


async def test_it_is_noted_when_devices_were_last_heard_of(
    database: Database, source: PostgresDeviceSource
) -> None:
    later = NOW + timedelta(seconds=1)
    await source.write_last_seen([(("T1", "D1"), later), (("T7", "D7"), NOW)])
    await source.write_last_seen([(("T1", "D1"), NOW)])
    assert await last_seen(database) == {("T1", "D1"): later, ("T2", "D1"): None}


async def test_a_look_up_reads_no_more_than_it_was_asked_for(
    database: Database, source: PostgresDeviceSource
) -> None:
    """Strangers must not make the database read the whole registry."""
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            "INSERT INTO devices (tenant_id, device_id)"
            " SELECT 'T1', 'FLEET-' || n FROM generate_series(1, 20000) AS n"
        )
    async with database.transaction(Role.OPERATOR) as transaction:
        before = await transaction.fetch_value(_ROWS_READ)
    await source.load_devices([("T1", f"NOBODY-{n}") for n in range(500)])
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.fetch_value("SELECT pg_stat_force_next_flush()")
    async with database.transaction(Role.OPERATOR) as transaction:
        assert await transaction.fetch_value(_ROWS_READ) - before < 5_000


_ROWS_READ = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'devices'"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE devices SET provision_token_hash = NULL",
        "UPDATE devices SET status = 'ACTIVE'",
        "DELETE FROM devices",
    ],
)
async def test_ingest_may_register_devices_and_not_change_them(
    database: Database, source: PostgresDeviceSource, sql: str
) -> None:
    await source.load_devices([("T9", "D1")], [NewDevice("T9", "D1", None, HASH)])
    with pytest.raises(Unavailable, match="permission denied"):
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.execute(sql)
