"""Reads an issuer's key set (RFC 7517): which keys sign tokens, and for how long that holds.

Pure: it does no input or output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

MAX_KEYS: Final = 100
LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 8192

FRESH_SECONDS: Final = 600.0
"""How long keys are taken for new where the issuer does not say."""
LEAST_FRESH_SECONDS: Final = 60.0
MOST_FRESH_SECONDS: Final = 3600.0

_ALGORITHMS: Final[Mapping[str, frozenset[str]]] = {
    "RSA": frozenset({"RS256"}),
    "EC": frozenset({"ES256"}),
    "OKP": frozenset({"EdDSA", "Ed25519"}),
}
_KINDS: Final[Mapping[str, type[RSAKey | ECKey | OKPKey]]] = {
    "RSA": RSAKey,
    "EC": ECKey,
    "OKP": OKPKey,
}
_PUBLIC: Final = ("kty", "n", "e", "crv", "x", "y", "kid")
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})")


def read_key_set(document: object) -> tuple[Key, ...]:
    """Take the keys that may sign a token with RS256, ES256 or EdDSA out of a key set.

    A key of another kind or purpose, or one that is broken or too weak, is passed over, as the
    standard says. A symmetric key is never taken: it would be no secret.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        return ()
    keys = (_read_key(entry) for entry in entries[:MAX_KEYS])
    return tuple(key for key in keys if key is not None)


def fresh_seconds(cache_control: str | None) -> float:
    """Say for how long keys are new, by the answer's Cache-Control, within bounds.

    The bounds keep a careless issuer from being asked all the time, and a key that was withdrawn
    from being believed for days.
    """
    found = _MAX_AGE.search((cache_control or "").lower())
    if found is None:
        return FRESH_SECONDS
    return min(MOST_FRESH_SECONDS, max(LEAST_FRESH_SECONDS, float(found[1])))


def _read_key(entry: object) -> Key | None:
    if not isinstance(entry, Mapping) or not _is_for_signatures(entry):
        return None
    if not isinstance(entry.get("kid"), str | None):
        return None
    # Only what is public: where an issuer errs, its private key does not stay in our memory.
    public = {name: entry[name] for name in _PUBLIC if name in entry}
    try:
        key = _KINDS[str(entry["kty"])].import_key(public)
        return key if _is_fit(key) else None
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None


def _is_for_signatures(entry: Mapping[str, Any]) -> bool:
    algorithms = _ALGORITHMS.get(str(entry.get("kty")))
    if algorithms is None or entry.get("use", "sig") != "sig":
        return False
    operations = entry.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return False
    if entry["kty"] == "RSA" and not _has_fit_modulus(entry.get("n")):
        return False
    return "alg" not in entry or str(entry["alg"]) in algorithms


def _has_fit_modulus(modulus: object) -> bool:
    """Look at the length alone; a base64url digit holds six bits."""
    bits = len(modulus) * 6 if isinstance(modulus, str) else 0
    return LEAST_RSA_BITS <= bits <= MOST_RSA_BITS + 64


def _is_fit(key: Key) -> bool:
    match key:
        case RSAKey():
            return LEAST_RSA_BITS <= key.public_key.key_size <= MOST_RSA_BITS
        case ECKey():
            return key.curve_name == "P-256"
        case OKPKey():
            return key.curve_name == "Ed25519"
    return False
