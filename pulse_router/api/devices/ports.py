"""What the API needs from the outside for devices, their groups, and what they have said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pulse_router.domain.devices import (
    DeviceChange,
    DeviceCounts,
    DeviceDraft,
    DeviceFilter,
    DeviceGroup,
    DeviceSort,
    Registered,
    RegisteredDevice,
)
from pulse_router.domain.sequences import DeviceGap
from pulse_router.domain.telemetry import HistoryPage, HistoryQuery, MetricName, Stretches
from pulse_router.runtime.pages import Found, Wanted


class DeviceStore(Protocol):
    """A tenant's devices. Every method raises Unavailable when the database cannot be asked."""

    async def list_devices(
        self,
        tenant_id: str,
        chosen: DeviceFilter,
        wanted: Wanted,
        sort: DeviceSort = DeviceSort.DEVICE_ID,
    ) -> Found[RegisteredDevice]:
        """Give a page of the devices."""
        ...

    async def count_devices(
        self, tenant_id: str, *, silent_seconds: int | None, most: int
    ) -> DeviceCounts:
        """Count the devices by site and status.

        Args:
            tenant_id: The tenant.
            silent_seconds: For how long those that are counted as silent were not heard of.
            most: How many sites at the most, those with most devices.
        """
        ...

    async def load_device(self, tenant_id: str, device_id: str) -> RegisteredDevice | None:
        """Give one device, or None when the tenant has no such device."""
        ...

    async def create_devices(self, tenant_id: str, drafts: Collection[DeviceDraft]) -> Registered:
        """Register devices, each id once: the first of them, as far as the tenant has room."""
        ...

    async def change_device(
        self, tenant_id: str, device_id: str, change: DeviceChange
    ) -> RegisteredDevice | None:
        """Change a device; None when the tenant has no such device."""
        ...

    async def rotate_token(
        self, tenant_id: str, device_id: str, *, token_hash: bytes, now: datetime, until: datetime
    ) -> RegisteredDevice | None:
        """Give a device a new token; the one before holds `until` then, and `now` is no longer.

        Returns:
            The device, or None when the tenant has no such device.
        """
        ...

    async def delete_device(self, tenant_id: str, device_id: str) -> bool:
        """Remove a device, take it out of its groups and close its alerts.

        Returns:
            Whether the tenant had such a device.
        """
        ...


class GroupStore(Protocol):
    """A tenant's device groups. Every method raises Unavailable when the database is away."""

    async def list_groups(
        self, tenant_id: str, wanted: Wanted, *, device_id: str | None = None
    ) -> Found[DeviceGroup]:
        """Give a page of the groups, by name; with `device_id`, of those that it is in."""
        ...

    async def load_group(
        self, tenant_id: str, group_id: int, wanted: Wanted
    ) -> tuple[DeviceGroup, Found[str]] | None:
        """Give one group and a page of its devices' ids; None when there is no such group."""
        ...

    async def create_group(self, tenant_id: str, name: str) -> DeviceGroup:
        """Make a group; raises NameTaken when there is one of this name."""
        ...

    async def rename_group(self, tenant_id: str, group_id: int, name: str) -> DeviceGroup | None:
        """Rename a group; raises NameTaken when there is another one of this name.

        Returns:
            The group, or None when the tenant has no such group.
        """
        ...

    async def delete_group(self, tenant_id: str, group_id: int) -> bool:
        """Remove a group, and say whether the tenant had it; its devices stay."""
        ...

    async def add_member(self, tenant_id: str, group_id: int, device_id: str) -> bool:
        """Put a device into a group, where it may be already; False when one is not there."""
        ...

    async def remove_member(self, tenant_id: str, group_id: int, device_id: str) -> bool:
        """Take a device out of a group, and say whether it was in it."""
        ...


class HistoryStore(Protocol):
    """What a tenant's devices have sent. Raises Unavailable when the database cannot be asked."""

    async def load_history(
        self, tenant_id: str, device_id: str, query: HistoryQuery
    ) -> HistoryPage | None:
        """Give a page of a device's history, newest first.

        Returns:
            The page; None when the tenant has no such device and no message of it either.
        """
        ...


class GapStore(Protocol):
    """What is missing of devices' messages; raises Unavailable when nobody can be asked."""

    async def list_gaps(
        self,
        tenant_id: str,
        device_id: str,
        *,
        start: datetime | None,
        end: datetime | None,
        wanted: Wanted,
    ) -> Found[DeviceGap] | None:
        """Give a page of a device's gaps, newest first; None when nothing is known of it."""
        ...


class MetricStore(Protocol):
    """What the metrics of a tenant's devices have been. Raises Unavailable as above."""

    async def list_metrics(
        self, tenant_id: str, device_id: str, start: datetime, end: datetime
    ) -> Sequence[MetricName] | None:
        """Give the metrics of a device between two times of its own.

        Returns:
            The metrics; None when the tenant has no such device and no message of it either.
        """
        ...

    async def load_stretches(
        self,
        tenant_id: str,
        device_id: str,
        metric: str,
        *,
        start: datetime,
        end: datetime,
        seconds: float,
    ) -> Stretches | None:
        """Give what the numbers of a metric were, by stretches of seconds; None as above."""
        ...
