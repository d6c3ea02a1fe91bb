"""The laws of the device registry: bounded, and never stale after a change."""

from __future__ import annotations

from collections.abc import Collection

from pulse_router.domain.messages import DeviceKey, DeviceLookup, DeviceStatus, NewDevice
from pulse_router.ingest.registry import DeviceRegistry
from tests.support.ingest.fakes import FakeDevices

KEYS = [("T", f"D{n}") for n in range(10)]


def source_with(*keys: DeviceKey) -> FakeDevices:
    source = FakeDevices()
    for tenant_id, device_id in keys:
        source.add(tenant_id, device_id)
    return source


async def test_a_loaded_device_is_kept_and_an_unknown_one_is_not() -> None:
    registry = DeviceRegistry(source_with(KEYS[0]))
    found = await registry.load(KEYS[:2])
    assert set(found.devices) == {KEYS[0]}
    assert registry.get(KEYS[0]) is not None
    assert registry.get(KEYS[1]) is None


async def test_memory_is_bounded_and_what_is_used_stays() -> None:
    registry = DeviceRegistry(source_with(*KEYS), capacity=4)
    await registry.load([KEYS[0]])
    for key in KEYS[1:]:
        await registry.load([key])
        assert registry.get(KEYS[0]) is not None
        assert len(registry) <= 4


async def test_a_changed_device_is_looked_up_again() -> None:
    source = source_with(*KEYS)
    registry = DeviceRegistry(source)
    await registry.load(KEYS)
    registry.forget(KEYS[0])
    assert registry.get(KEYS[0]) is None
    assert registry.get(KEYS[1]) is not None
    registry.forget_all()
    assert registry.get(KEYS[1]) is None


async def test_what_changed_while_it_was_looked_up_is_not_kept() -> None:
    class ChangingSource(FakeDevices):
        async def load_devices(
            self, keys: Collection[DeviceKey], newcomers: Collection[NewDevice] = ()
        ) -> DeviceLookup:
            found = await super().load_devices(keys, newcomers)
            registry.forget(KEYS[0])
            return found

    source = ChangingSource()
    source.add(*KEYS[0], status=DeviceStatus.REVOKED)
    registry = DeviceRegistry(source)
    assert set((await registry.load([KEYS[0]])).devices) == {KEYS[0]}
    assert registry.get(KEYS[0]) is None
