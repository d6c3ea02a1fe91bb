"""A route's signing secrets: the newest, and older ones that overlap with it for a while.

Pure: time and randomness are given. It knows nothing of how secrets are stored or shown.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from pulse_router.domain.secrets.signatures import STANDARD_PREFIX

MAX_SECRETS: Final = 5
"""How many secrets a route may have, those in their overlap included."""
NEW_SECRET_BYTES: Final = 32
MAX_OVERLAP_HOURS: Final = 720


class TooManySecrets(Exception):
    """A rotation would leave a route with more secrets than it may have.

    Args:
        next_expiry: When the first of those in their overlap ends, if there are any.
    """

    def __init__(self, next_expiry: datetime | None) -> None:
        super().__init__(f"a route may have {MAX_SECRETS} secrets")
        self.next_expiry = next_expiry


@attrs.frozen
class SigningSecret:
    """A secret; with `expires_at` it is in its overlap, and signs until then."""

    value: str = attrs.field(repr=False)
    expires_at: datetime | None = None


def make_secret(random: bytes) -> str:
    """Make a Standard Webhooks secret of random bytes."""
    return STANDARD_PREFIX + base64.b64encode(random).decode()


def lasting(secrets: Sequence[SigningSecret]) -> Sequence[SigningSecret]:
    """Pick those that do not expire."""
    return tuple(secret for secret in secrets if secret.expires_at is None)


def expiring(secrets: Sequence[SigningSecret]) -> Sequence[SigningSecret]:
    """Pick those that are in their overlap."""
    return tuple(secret for secret in secrets if secret.expires_at is not None)


def rotate(
    secrets: Sequence[SigningSecret], new: str, *, now: datetime, overlap: timedelta
) -> Sequence[SigningSecret]:
    """Put a new secret before the others, which expire when the overlap ends, or earlier.

    Args:
        secrets: Those that the route has, newest first.
        new: The new one.
        now: The time.
        overlap: For how long the others go on signing; without any they end at once.

    Raises:
        TooManySecrets: There would be too many at a time.
    """
    end = now + overlap
    ends = [(old, min(end, old.expires_at or end)) for old in secrets]
    kept = [SigningSecret(old.value, expires_at) for old, expires_at in ends if expires_at > now]
    if len(kept) >= MAX_SECRETS:
        known = [old.expires_at for old in secrets if old.expires_at and old.expires_at > now]
        raise TooManySecrets(min(known, default=None))
    return (SigningSecret(new), *kept)
