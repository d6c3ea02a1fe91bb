"""The devices: who they are, and when they were heard of last."""

from __future__ import annotations

import attrs

from pulse_router.ingest.last_seen import LastSeen
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.parts.foundation import Foundation
from pulse_router.stores.devices.source import PostgresDeviceSource


@attrs.frozen(kw_only=True)
class DeviceParts:
    """What is known of devices."""

    source: PostgresDeviceSource
    registry: DeviceRegistry
    last_seen: LastSeen


def join_devices(base: Foundation) -> DeviceParts:
    """Join what knows the devices."""
    source = PostgresDeviceSource(base.database, base.budgets)
    return DeviceParts(source=source, registry=DeviceRegistry(source), last_seen=LastSeen())
