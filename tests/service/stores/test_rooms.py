"""Devices that register themselves keep to the bound of their tenant, whoever else registers."""

from __future__ import annotations

import trio

from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.domain.devices import DeviceDraft
from pulse_router.domain.messages import DeviceKey, NewDevice
from pulse_router.postgres.database import Database
from pulse_router.stores.devices.devices import PostgresDeviceStore
from pulse_router.stores.devices.source import FULL_SECONDS, PostgresDeviceSource
from pulse_router.stores.roles import Role

BOUND = 5


def newcomers(tenant_id: str, *numbers: int) -> list[NewDevice]:
    return [NewDevice(tenant_id, f"D{number}", None, None) for number in numbers]


def keys(*devices: NewDevice) -> list[DeviceKey]:
    return [(device.tenant_id, device.device_id) for device in devices]


async def registered(database: Database, tenant_id: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(
            await transaction.fetch_value(
                "SELECT count(*) FROM devices WHERE tenant_id = $1", tenant_id
            )
        )


async def test_who_comes_first_is_registered_and_the_rest_of_that_tenant_is_told_why_not(
    database: Database,
) -> None:
    budgets = Budgets(own={"T1": Budget(devices=2)})
    source = PostgresDeviceSource(database, budgets)
    asked = [*newcomers("T1", 9, 1, 5), *newcomers("T2", 1, 2, 3)]
    found = await source.load_devices(keys(*asked), asked)
    assert set(found.devices) == {("T1", "D9"), ("T1", "D1"), *keys(*asked[3:])}
    assert found.full.keys() == {"T1"}
    assert "may have 2 devices (limits.devices)" in found.full["T1"]
    assert budgets.refusals == {"devices": 1}
    # The known go on, whatever is full.
    again = await source.load_devices(keys(*asked[:2]), asked[:2])
    assert set(again.devices) == {("T1", "D9"), ("T1", "D1")}
    assert again.full == {}


async def test_a_full_tenant_is_looked_at_again_after_a_while(database: Database) -> None:
    now = 100.0
    budgets = Budgets(Budget(devices=1))
    source = PostgresDeviceSource(database, budgets, clock=lambda: now)
    first, second = newcomers("T1", 1, 2)
    await source.load_devices(keys(first, second), [first, second])
    budgets.change(Budget(devices=2), {})
    assert (await source.load_devices(keys(second), [second])).full.keys() == {"T1"}
    now += FULL_SECONDS
    found = await source.load_devices(keys(second), [second])
    assert (set(found.devices), found.full) == (set(keys(second)), {})


async def test_ingest_and_requests_at_once_pass_no_bound(database: Database) -> None:
    budgets = Budgets(Budget(devices=BOUND))
    store = PostgresDeviceStore(database, budgets)

    async def contact(number: int) -> None:
        both = sorted([*newcomers("T1", number), *newcomers("T2", number)], reverse=number % 2 > 0)
        await PostgresDeviceSource(database, budgets).load_devices(keys(*both), both)

    async def request(tenant_id: str, number: int) -> None:
        draft = DeviceDraft(device_id=f"R{number}", site_id=None, token_hash=bytes(32))
        await store.create_devices(tenant_id, [draft])

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(contact, number)
                for tenant_id in ("T1", "T2"):
                    nursery.start_soon(request, tenant_id, number)
    assert await registered(database, "T1") == BOUND
    assert await registered(database, "T2") == BOUND


async def test_a_transaction_that_stands_still_holds_no_other_tenants_messages(
    database: Database,
) -> None:
    source = PostgresDeviceSource(database, Budgets(Budget(devices=BOUND)))
    both = [*newcomers("T1", 1), *newcomers("T2", 1)]
    async with database.transaction(Role.APP, tenant_id="T1") as transaction:
        await transaction.execute("SELECT pulse_room('devices', 'T1', 5)")
        with trio.fail_after(10):
            found = await source.load_devices(keys(*both), both)
    assert set(found.devices) == set(keys(*both))
