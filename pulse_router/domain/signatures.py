"""Signatures of webhooks: `X-Signature-256` and Standard Webhooks (contract, section 3).

Pure: the time is given. It knows nothing of requests.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

STANDARD_PREFIX: Final = "whsec_"
_KEY_PAIR_PREFIXES: Final = ("whsk_", "whpk_")
"""Standard Webhooks' ed25519 keys."""


@attrs.frozen
class SigningKey:
    """A key to sign with, and the Unix time from which on it no longer does."""

    value: bytes = attrs.field(repr=False)
    expires_at: float = float("inf")


def active_keys(keys: Sequence[SigningKey], unix_seconds: int) -> Sequence[bytes]:
    """Pick the keys that sign now.

    The newest always does: where there are keys, nothing goes out unsigned.
    """
    return [
        key.value for number, key in enumerate(keys) if number == 0 or unix_seconds < key.expires_at
    ]


def signing_key(secret: str) -> bytes:
    """Turn a secret into the key to sign with.

    `whsec_…` is base64 (padding may be missing); any other secret is used as it is, in UTF-8.

    Raises:
        ValueError: The secret is empty, is no base64 behind `whsec_`, or is no valid Unicode. The
            message does not contain it.
    """
    if not secret.startswith(STANDARD_PREFIX):
        try:
            key = secret.encode()
        except UnicodeEncodeError:
            raise ValueError("must be valid Unicode") from None
    else:
        encoded = secret.removeprefix(STANDARD_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"must be base64 behind {STANDARD_PREFIX!r}") from None
    if not key:
        raise ValueError("must not be empty")
    return key


def check_new_secret(secret: str) -> None:
    """Check a secret that is being saved: a library of Standard Webhooks must be able to use it.

    What was stored before goes on to be used as `signing_key` reads it.

    Raises:
        ValueError: What no library takes, or each takes differently. The message does not contain
            the secret.
    """
    signing_key(secret)
    if secret.strip() != secret and secret.strip().startswith(STANDARD_PREFIX):
        raise ValueError("must have no blanks around it")
    if secret.startswith(_KEY_PAIR_PREFIXES):
        raise ValueError(
            f"must be a shared secret, {STANDARD_PREFIX}…: key pairs sign nothing here"
        )
    encoded = secret.removeprefix(STANDARD_PREFIX)
    if encoded != secret and len(encoded) % 4:
        raise ValueError(
            f"must be base64 with its padding behind {STANDARD_PREFIX!r}, so that receivers'"
            " libraries take it: '=' is missing at its end"
        )


def signature_headers(
    body: bytes, keys: Sequence[bytes], *, message_id: str, unix_seconds: int
) -> Mapping[str, str]:
    """Make the headers that identify and sign a webhook.

    Args:
        body: The request's body.
        keys: The active keys, newest first; none for a route without a secret.
        message_id: The receiver's idempotency key, the same at every attempt.
        unix_seconds: The time of this attempt.

    Returns:
        Header names and values. Without keys nothing is signed, but the id and time are there.
    """
    headers = {"webhook-id": message_id, "webhook-timestamp": str(unix_seconds)}
    if keys:
        signed = b"%b.%d.%b" % (message_id.encode(), unix_seconds, body)
        headers["webhook-signature"] = " ".join(f"v1,{_base64_hmac(key, signed)}" for key in keys)
        headers["X-Signature-256"] = f"sha256={hmac.digest(keys[0], body, 'sha256').hex()}"
    return headers


def _base64_hmac(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.digest(key, data, "sha256")).decode()
