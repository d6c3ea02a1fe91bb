"""When devices were last heard of: the newest counts, and leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import trio

from pulse_router.domain.devices import DeviceFilter
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.runtime.pages import Wanted
from pulse_router.stores.devices.devices import PostgresDeviceStore
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.operators import PostgresOperatorStore
from pulse_router.stores.roles import Role
from tests.support.ingest.commits import count
from tests.support.servers.postgres import PostgresForTests

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)
DEVICES = [("T", f"D{number}") for number in range(20)]


@pytest.fixture
async def source(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> PostgresDeviceSource:
    postgres_server.psql(
        database_name,
        "INSERT INTO devices (tenant_id, device_id)"
        " SELECT 'T', 'D' || n FROM generate_series(0, 19) AS n",
    )
    return PostgresDeviceSource(database)


async def seen(database: Database, device_id: str = "D1") -> datetime | None:
    device = await PostgresDeviceStore(database).load_device("T", device_id)
    assert device is not None
    return device.last_seen_at


async def columns(database: Database) -> set[datetime | None]:
    rows = await database.query(Role.OPERATOR, "SELECT DISTINCT last_seen_at FROM devices")
    return {row[0] for row in rows}


async def test_a_newer_time_takes_the_place_of_an_older_one_and_no_older_of_a_newer(
    database: Database, source: PostgresDeviceSource
) -> None:
    for minutes in (0, 2, 1, 2, 3):
        at = NOW + timedelta(minutes=minutes)
        await source.write_last_seen([(key, at) for key in DEVICES])
        await source.write_last_seen([(("T", "UNKNOWN"), at), (("U", "D1"), at)])
    assert await seen(database) == NOW + timedelta(minutes=3)
    assert await count(database, "device_last_seen") == len(DEVICES)
    assert await count(database, "tenant_last_seen") == 1


async def test_lists_show_the_newest_to_the_tenant_and_the_operator(
    database: Database, source: PostgresDeviceSource
) -> None:
    later = NOW + timedelta(minutes=1)
    await source.write_last_seen([(key, NOW) for key in DEVICES[:2]])
    await source.write_last_seen([(DEVICES[1], later)])
    times = {"D0": NOW, "D1": later}
    wanted = Wanted(limit=3)
    own = await PostgresDeviceStore(database).list_devices("T", DeviceFilter(), wanted)
    operators = PostgresOperatorStore(database, Sealer())
    of_all = await operators.list_devices(None, wanted)
    for found in (own, of_all):
        assert {device.device_id: device.last_seen_at for device in found.items} == {
            **times,
            "D10": None,
        }
    tenants, _ = await operators.list_tenants(wanted)
    [tenant] = tenants.items
    assert tenant.last_message_at == later


async def test_what_a_router_of_the_release_before_writes_counts_as_well(
    database: Database, source: PostgresDeviceSource
) -> None:
    await source.write_last_seen([(DEVICES[1], NOW)])
    later = NOW + timedelta(minutes=1)
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute("UPDATE devices SET last_seen_at = $1", later)
    assert await seen(database) == later


async def test_the_column_that_the_release_before_reads_is_written_once_a_day(
    database: Database, source: PostgresDeviceSource
) -> None:
    for hours in (0, 1, 23, 24):
        await source.write_last_seen([(key, NOW + timedelta(hours=hours)) for key in DEVICES])
        assert await columns(database) == {NOW}
    later = NOW + timedelta(hours=25)
    await source.write_last_seen([(key, later) for key in DEVICES])
    assert await columns(database) == {later}


async def test_of_two_routers_that_heard_of_the_same_devices_one_row_each_stays(
    database: Database, source: PostgresDeviceSource
) -> None:
    async def note(offset: int) -> None:
        for second in range(offset, 20, 4):
            at = NOW + timedelta(seconds=second)
            await source.write_last_seen([(key, at) for key in DEVICES])

    async with trio.open_nursery() as nursery:
        for offset in range(4):
            nursery.start_soon(note, offset)
    assert await count(database, "device_last_seen") == len(DEVICES)
    assert await count(database, "tenant_last_seen") == 1
    assert await seen(database) == NOW + timedelta(seconds=19)


async def test_a_device_that_is_registered_anew_was_never_heard_of(
    database: Database, source: PostgresDeviceSource
) -> None:
    await source.write_last_seen([(key, NOW) for key in DEVICES])
    assert await PostgresDeviceStore(database).delete_device("T", "D1")
    assert await count(database, "device_last_seen") == len(DEVICES) - 1
    await source.write_last_seen([(DEVICES[1], NOW)])
    async with database.transaction(Role.APP, tenant_id="T") as transaction:
        await transaction.execute("INSERT INTO devices (tenant_id, device_id) VALUES ('T', 'D1')")
    assert await seen(database) is None


async def test_who_removes_a_device_and_stands_still_keeps_no_others_from_being_noted(
    database: Database, source: PostgresDeviceSource
) -> None:
    with trio.fail_after(10):
        async with database.transaction(Role.APP, tenant_id="T") as transaction:
            await transaction.execute("DELETE FROM devices WHERE device_id = 'D1'")
            await source.write_last_seen([(DEVICES[2], NOW)])
            assert await PostgresDeviceStore(database).delete_device("T", "D3")
    assert await seen(database, "D2") == NOW
