"""Registered devices, as their tenant sees them."""

from __future__ import annotations

import hashlib
from datetime import datetime

import attrs

from pulse_router.domain.messages import DeviceStatus


@attrs.frozen
class RegisteredDevice:
    """A device of the registry; its provision token is known by its hash only."""

    tenant_id: str
    device_id: str
    site_id: str | None
    status: DeviceStatus
    created_at: datetime
    last_seen_at: datetime | None


def hash_provision_token(token: str) -> bytes:
    """Give the SHA-256 of a provision token, which is all that is stored of it."""
    return hashlib.sha256(token.encode()).digest()
