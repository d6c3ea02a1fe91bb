"""The registered devices, cached; the database is asked before a device is called unknown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pulse_router.domain.messages import Device, DeviceKey, DeviceLookup, NewDevice
from pulse_router.ingest.ports import DeviceSource

DEFAULT_CAPACITY: Final = 200_000


class DeviceRegistry:
    """A bounded cache of devices in two generations: what is not used for long drops out.

    What is unknown is not cached, so that no stranger can fill it.

    Args:
        source: Where devices are looked up.
        capacity: How many devices are kept. A larger fleet is served too, by more queries.
    """

    __slots__ = ("_changes", "_half", "_old", "_source", "_young")

    def __init__(self, source: DeviceSource, *, capacity: int = DEFAULT_CAPACITY) -> None:
        self._source = source
        self._half = max(1, capacity // 2)
        self._young: dict[DeviceKey, Device] = {}
        self._old: dict[DeviceKey, Device] = {}
        self._changes = 0

    def get(self, key: DeviceKey) -> Device | None:
        """Look a device up in memory. None says only that it is not cached."""
        found = self._young.get(key)
        if found is None and (found := self._old.pop(key, None)) is not None:
            self._keep(key, found)
        return found

    async def load(
        self, keys: Collection[DeviceKey], newcomers: Collection[NewDevice] = ()
    ) -> DeviceLookup:
        """Look devices up in the database, all at once, and keep those that are registered.

        Args:
            keys: Whom to look up.
            newcomers: Whom of them to register where they are unknown.

        Returns:
            Those that are registered, and the tenants that have a device.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        changes = self._changes
        found = await self._source.load_devices(keys, newcomers)
        if changes == self._changes:
            for key in keys:
                if (device := found.devices.get(key)) is not None:
                    self._keep(key, device)
        return found

    async def site_of(self, tenant_id: str, device_id: str) -> str | None:
        """Look up where a device is registered to be; None when that is not known.

        Raises:
            Unavailable: The database had to be asked, and cannot be asked now.
        """
        key = (tenant_id, device_id)
        device = self.get(key)
        if device is None:
            device = (await self.load([key])).devices.get(key)
        return None if device is None else device.site_id

    def forget(self, key: DeviceKey) -> None:
        """Drop a device that has changed; it is looked up again when it speaks."""
        self._changes += 1
        self._young.pop(key, None)
        self._old.pop(key, None)

    def forget_all(self) -> None:
        """Drop everything, when changes may have been missed."""
        self._changes += 1
        self._young.clear()
        self._old.clear()

    def __len__(self) -> int:
        """How many devices are cached."""
        return len(self._young) + len(self._old)

    def _keep(self, key: DeviceKey, device: Device) -> None:
        if len(self._young) >= self._half:
            self._old = self._young
            self._young = {}
        self._young[key] = device
