"""Devices as clients write and read them."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import attrs
import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.requests.responses import Page, utc, utc_or_none
from pulse_router.api.requests.values import DeviceId, Time
from pulse_router.domain.devices import (
    DeviceCounts,
    DeviceDraft,
    RegisteredDevice,
    hash_provision_token,
)
from pulse_router.domain.messages import DeviceStatus

MAX_OVERLAP_HOURS: Final = 24 * 366
_TOKEN_BYTES: Final = 24

SiteId = Annotated[str, Meta(min_length=1, max_length=128)]
ProvisionToken = Annotated[str, Meta(min_length=8, max_length=256)]


class DeviceBody(msgspec.Struct):
    """A device to register; without a token of its own it gets one."""

    device_id: DeviceId
    site_id: SiteId | None = None
    provision_token: ProvisionToken | None = None


class DevicePatch(msgspec.Struct):
    """The part of a device that changes. A REVOKED one is refused whatever it sends."""

    site_id: SiteId | UnsetType | None = UNSET
    status: DeviceStatus | UnsetType = UNSET


class RotationBody(msgspec.Struct):
    """How a token is rotated.

    Until `overlap_hours` are over the token before holds as well; without them, none but the new
    one holds at once.
    """

    overlap_hours: Annotated[float, Meta(ge=0, le=MAX_OVERLAP_HOURS)] = 0.0
    provision_token: ProvisionToken | None = None


class DeviceAnswer(msgspec.Struct):
    """A registered device. `last_seen_at` is null until it has sent something.

    `previous_token_until` says until when a token that was rotated away still holds; null when
    only the newest does.
    """

    tenant_id: str
    device_id: str
    site_id: str | None
    status: DeviceStatus
    created_at: Time
    last_seen_at: Time | None
    previous_token_until: Time | None


class DeviceWithToken(DeviceAnswer):
    """A device and its provision token, which is shown this once."""

    provision_token: str


class DevicePage(Page):
    """A page of devices."""

    devices: list[DeviceAnswer]


class SiteCountsAnswer(msgspec.Struct):
    """How many devices there are at a site; null stands for those without one."""

    site_id: str | None
    active: int
    revoked: int
    silent: int | None


class DeviceCountsAnswer(msgspec.Struct):
    """How many devices there are, in all and at the 500 sites with most of them.

    `silent` are those active ones that were not heard of for `silent_for`; null where nobody asked.
    Where `sites_are_all` is false there are more sites.
    """

    total: int
    active: int
    revoked: int
    silent: int | None
    sites: list[SiteCountsAnswer]
    sites_are_all: bool


def counts_answer(counts: DeviceCounts) -> DeviceCountsAnswer:
    """Show how many devices there are."""
    return DeviceCountsAnswer(
        total=counts.active + counts.revoked,
        active=counts.active,
        revoked=counts.revoked,
        silent=counts.silent,
        sites=[SiteCountsAnswer(**attrs.asdict(site)) for site in counts.sites],
        sites_are_all=counts.sites_are_all,
    )


def make_token() -> str:
    """Make a provision token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def draft_device(body: DeviceBody, token: str) -> DeviceDraft:
    """Say what is stored of a device that is to be registered; of its token, the hash."""
    return DeviceDraft(
        device_id=body.device_id, site_id=body.site_id, token_hash=hash_provision_token(token)
    )


def device_answer(device: RegisteredDevice) -> DeviceAnswer:
    """Show a device."""
    return DeviceAnswer(
        tenant_id=device.tenant_id,
        device_id=device.device_id,
        site_id=device.site_id,
        status=device.status,
        created_at=utc(device.created_at),
        last_seen_at=utc_or_none(device.last_seen_at),
        previous_token_until=utc_or_none(device.previous_token_until),
    )


def device_with_token(device: RegisteredDevice, token: str) -> DeviceWithToken:
    """Show a device and its token."""
    return DeviceWithToken(**msgspec.structs.asdict(device_answer(device)), provision_token=token)
