"""Signatures of webhooks: `X-Signature-256` and Standard Webhooks (contract, section 3).

Pure: the time is given. It knows nothing of requests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final

import attrs

STANDARD_PREFIX: Final = "whsec_"
_KEY_PAIR_PREFIXES: Final = ("whsk_", "whpk_")
"""Standard Webhooks' ed25519 keys."""
_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


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


class Mac:
    """HMAC-SHA256 (RFC 2104) under one key, of which the key's part is computed once.

    Args:
        key: The key; it is not kept.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK_BYTES:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def digest(self, data: bytes) -> bytes:
        """Give the code of some bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()


def signature_lines(body: bytes, macs: Sequence[Mac], *, message_id: str, unix_seconds: int) -> str:
    """Make the header lines that identify and sign a webhook.

    Args:
        body: The request's body.
        macs: Those of the active keys, newest first; none for a route without a secret.
        message_id: The receiver's idempotency key, the same at every attempt.
        unix_seconds: The time of this attempt.

    Returns:
        The lines, each with its end. Without keys nothing is signed, but id and time are there.
    """
    lines = f"webhook-id: {message_id}\r\nwebhook-timestamp: {unix_seconds}\r\n"
    if not macs:
        return lines
    signed = f"{message_id}.{unix_seconds}.".encode() + body
    codes = " ".join([f"v1,{_base64(mac.digest(signed))}" for mac in macs])
    of_body = macs[0].digest(body).hex()
    return f"{lines}webhook-signature: {codes}\r\nX-Signature-256: sha256={of_body}\r\n"


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
