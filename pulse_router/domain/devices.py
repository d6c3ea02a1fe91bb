"""Registered devices, as their tenant sees them, and how their tokens are rotated."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import attrs

from pulse_router.domain.budgets import LimitReached
from pulse_router.domain.messages import DeviceStatus, PreviousToken

MAX_PREVIOUS_TOKENS: Final = 3
"""How many tokens that were rotated away may still hold; the oldest goes first."""


@attrs.frozen
class RegisteredDevice:
    """A device of the registry; its provision token is known by its hash only.

    `previous_token_until` is until when a token that was rotated away still holds, if any does.
    """

    tenant_id: str
    device_id: str
    site_id: str | None
    status: DeviceStatus
    created_at: datetime
    last_seen_at: datetime | None
    previous_token_until: datetime | None = None


@attrs.frozen(kw_only=True)
class DeviceDraft:
    """A device that is to be registered."""

    device_id: str
    site_id: str | None
    token_hash: bytes


@attrs.frozen(kw_only=True)
class Registered:
    """What has become of devices that were to be registered.

    Attributes:
        created: Those that were, in no order.
        left_out: The ids of those for which the tenant has no room; whoever is in neither was there
            already, and stays as it was.
        full: What to say to those that were left out.
    """

    created: Sequence[RegisteredDevice] = ()
    left_out: Collection[str] = ()
    full: LimitReached | None = None


@attrs.frozen(kw_only=True)
class DeviceChange:
    """What is to change of a device.

    `status` None leaves it as it is; `site_id` counts only where `moves` says so, for None is a
    site as well: none.
    """

    status: DeviceStatus | None = None
    moves: bool = False
    site_id: str | None = None


@attrs.frozen(kw_only=True)
class DeviceFilter:
    """Which devices are wanted; None stands for all, and what is given is ANDed.

    `text` is a part of the device's id, whatever its case. `silent_seconds` is for how long nothing
    was heard of it, nor was it registered since.
    """

    status: DeviceStatus | None = None
    site_id: str | None = None
    group_id: int | None = None
    text: str | None = None
    silent_seconds: int | None = None


class DeviceSort(enum.StrEnum):
    """In which order devices are listed.

    DEVICE_ID: By id. SILENT: Those first that were not heard of for longest. NEWEST: Those first
    that were registered last.
    """

    DEVICE_ID = "device_id"
    SILENT = "silent"
    NEWEST = "newest"


@attrs.frozen
class SiteCounts:
    """How many devices there are at a site; None stands for those without one.

    `silent` is how many of the active ones were not heard of for long; None where nobody asked.
    """

    site_id: str | None
    active: int
    revoked: int
    silent: int | None


@attrs.frozen
class DeviceCounts:
    """How many devices there are in all, and at the sites with most of them."""

    active: int
    revoked: int
    silent: int | None
    sites: Sequence[SiteCounts]
    sites_are_all: bool


def hash_provision_token(token: str) -> bytes:
    """Give the SHA-256 of a provision token, which is all that is stored of it."""
    return hashlib.sha256(token.encode()).digest()


def rotate_away(
    token_hash: bytes | None,
    previous: Sequence[PreviousToken],
    *,
    new_hash: bytes,
    now: datetime,
    until: datetime,
) -> Sequence[PreviousToken]:
    """Say which tokens hold beside a new one.

    Tokens that were rotated away before keep the time they were given: a device may not have
    learned of the last token when it is rotated once more. Without an overlap all of them end at
    once, for then somebody may have got hold of one.

    Args:
        token_hash: The token that was the device's until now.
        previous: Those that still held beside it, the newest first.
        new_hash: The new one.
        now: The time.
        until: How long the token may be used on; `now` for no overlap.

    Returns:
        The tokens that hold beside the new one, the newest first.
    """
    if until <= now:
        return []
    ended = [] if token_hash is None else [PreviousToken(token_hash, until)]
    still = [token for token in previous if token.until > now and token.token_hash != token_hash]
    return [each for each in (*ended, *still) if each.token_hash != new_hash][:MAX_PREVIOUS_TOKENS]


@attrs.frozen
class DeviceGroup:
    """Devices that belong together; streams can be narrowed to them."""

    id: int
    tenant_id: str
    name: str
    device_count: int
    created_at: datetime


class NameTaken(Exception):
    """The tenant has another group of this name."""
