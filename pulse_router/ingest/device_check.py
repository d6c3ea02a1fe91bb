"""Whether a device may say what it says: registered, not revoked, with its token, from its site."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from msgspec import UNSET

from pulse_router.domain.messages import Device, DeviceStatus, Reason
from pulse_router.ingest.payload import DevicePayload, Refused


def check_device(
    device: Device | None,
    token: bytes | None,
    named: DevicePayload,
    received_at: datetime,
    *,
    require_token: bool,
    unregistered: str | None = None,
) -> Device:
    """Check a message against what the registry has of its device.

    Args:
        device: The registered device; None when there is none.
        token: The provision token that the message brings.
        named: What else it says.
        received_at: When it was received.
        require_token: Whether it must bring a token.
        unregistered: Why a device that is not there could not be registered, if somebody tried.

    Returns:
        The device.

    Raises:
        Refused: The message is not the device's, or the device may not speak.
    """
    if device is None:
        raise Refused(Reason.UNREGISTERED_DEVICE, unregistered or "the device is not registered")
    if device.status is not DeviceStatus.ACTIVE:
        raise Refused(Reason.DEVICE_REVOKED, "the device was revoked")
    if require_token:
        if token is None:
            raise Refused(Reason.TOKEN_MISSING, "provision_token is missing")
        if not device.accepts(sha256(token).digest(), received_at):
            raise Refused(Reason.TOKEN_INVALID, "provision_token is not the device's")
    site_id, registered = named.site_id, device.site_id
    if site_id is not UNSET and site_id not in (registered, None) and (site_id or registered):
        raise Refused(Reason.SITE_MISMATCH, "site_id is not the device's registered site")
    return device
