"""Encryption of what a route keeps secret, as it lies in the database (AES-256-GCM).

Each text is bound to its place: moved to another route, or to another tenant's, it cannot be
opened. It knows nothing of rows, nor of where keys come from.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import attrs
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = "v1"
_KEY_ID_DIGITS: Final = 8


class CannotOpen(Exception):
    """A sealed text cannot be read; the message says why, without it."""


@attrs.frozen
class Place:
    """Where a sealed text belongs; `name` is what it is of the route."""

    tenant_id: str
    route_id: int
    name: str

    @property
    def bound(self) -> bytes:
        """The place as associated data."""
        return msgspec.json.encode([self.tenant_id, self.route_id, self.name])


def parse_keys(text: str) -> Sequence[bytes]:
    """Read keys, newest first: each the base64 of 32 bytes, separated by commas.

    Raises:
        ValueError: They are of another form; the message does not repeat them.
    """
    return tuple(_parse_key(part.strip()) for part in text.split(","))


def _parse_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key must be base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key must have {KEY_BYTES} bytes")
    return key


class Sealer:
    """Seals with the newest key, and opens what any of the keys has sealed.

    Args:
        keys: Newest first; without any, nothing is sealed and nothing sealed can be opened.
        random: Gives random bytes.
    """

    def __init__(
        self, keys: Sequence[bytes] = (), *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._ciphers = {key_id(key): AESGCM(key) for key in reversed(keys)}
        self._newest = key_id(keys[0]) if keys else None
        self._random = random

    @property
    def seals(self) -> bool:
        """Whether there is a key to seal with."""
        return self._newest is not None

    @property
    def prefix(self) -> str:
        """How every text begins that the newest key has sealed; without a key, it is empty."""
        return f"{_FORM}.{self._newest}." if self._newest is not None else ""

    def seal(self, text: str, place: Place) -> str:
        """Seal a text with the newest key.

        Raises:
            ValueError: There is no key.
        """
        if self._newest is None:
            raise ValueError("there is no key to seal with")
        nonce = self._random(_NONCE_BYTES)
        closed = self._ciphers[self._newest].encrypt(nonce, text.encode(), place.bound)
        return self.prefix + base64.urlsafe_b64encode(nonce + closed).decode()

    def open(self, sealed: str, place: Place) -> str:
        """Open a sealed text.

        Raises:
            CannotOpen: Its key is not there, or it was changed or moved.
        """
        form, _, rest = sealed.partition(".")
        key, _, data = rest.partition(".")
        if form != _FORM:
            raise CannotOpen("they are encrypted in a form that this version does not know")
        if (cipher := self._ciphers.get(key)) is None:
            told = "is not in delivery.secrets_key" if self._ciphers else "is not set"
            name = f"the key {key}, which" if self._ciphers else "delivery.secrets_key, which"
            raise CannotOpen(f"they are encrypted with {name} {told}")
        try:
            raw = base64.urlsafe_b64decode(data)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.bound).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("they were changed, or moved here from another route") from None


def key_id(key: bytes) -> str:
    """Give the name by which texts remember their key; it tells nothing of the key."""
    return sha256(b"pulse-router secrets key\0" + key).hexdigest()[:_KEY_ID_DIGITS]
