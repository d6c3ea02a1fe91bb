"""Checks tokens of every kind that the operator allows, and remembers those that it has checked.

It knows nothing of HTTP.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from pulse_router.api.access.issuer_tokens import (
    KEY_TYPES,
    MAX_HEADER_BYTES,
    IssuerVerifier,
    TokenHeader,
)
from pulse_router.api.access.tokens import (
    ALGORITHM,
    LEEWAY_SECONDS,
    Principal,
    SharedSecretVerifier,
    TokenRefused,
)

MAX_TOKEN_BYTES: Final = 16 * 1024
REMEMBERED: Final = 1000
"""How many checked tokens are remembered: a signature costs more than the rest of a request."""


class TokenVerifiers:
    """Checks tokens by the algorithm that signed them: the shared secret, or the issuer's keys.

    The two never meet: a token signed with HS256 is only ever held against the secret, and one
    signed with RS256, ES256 or EdDSA only against a key of that kind.

    Args:
        shared_secret: Checks HS256; None where there is no secret.
        issuer: Checks the others; None where there is no issuer.
        unix_time: The clock, in Unix seconds.
    """

    def __init__(
        self,
        shared_secret: SharedSecretVerifier | None,
        issuer: IssuerVerifier | None,
        *,
        unix_time: Callable[[], float],
    ) -> None:
        self._shared_secret = shared_secret
        self._issuer = issuer
        self._unix_time = unix_time
        self._secrets = 0
        self._checked: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()

    def renew(self, shared_secret: SharedSecretVerifier | None) -> None:
        """Check HS256 by another secret from now on, or no more; what was checked is forgotten."""
        self._shared_secret = shared_secret
        self._secrets += 1

    async def verify(self, token: str) -> Principal:
        """Say whose token it is.

        Raises:
            TokenRefused: It is not valid.
            Unavailable: The issuer's keys cannot be had, so that nobody can tell.
        """
        if len(token) > MAX_TOKEN_BYTES:
            raise TokenRefused("the token is too long")
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        principal = self._recall(digest)
        if principal is None:
            generation, principal = await self._check(token)
            self._checked[digest] = (generation, principal)
            if len(self._checked) > REMEMBERED:
                self._checked.popitem(last=False)
        return principal

    async def _check(self, token: str) -> tuple[int, Principal]:
        header = _read_header(token)
        if header.alg == ALGORITHM and self._shared_secret is not None:
            return self._generation, await self._shared_secret.verify(token)
        if header.alg in KEY_TYPES and self._issuer is not None:
            principal = await self._issuer.verify(token, header)
            return self._generation, principal  # that of the keys which it was held against
        raise TokenRefused("the token is signed by an algorithm that is not taken")

    def _recall(self, digest: bytes) -> Principal | None:
        generation, principal = self._checked.get(digest, (-1, None))
        if principal is None:
            return None
        expired = principal.expires_at + LEEWAY_SECONDS <= int(self._unix_time())
        if expired or generation != self._generation:
            del self._checked[digest]
            return None
        self._checked.move_to_end(digest)
        return principal

    @property
    def _generation(self) -> int:
        return self._secrets + (0 if self._issuer is None else self._issuer.generation)


def _read_header(token: str) -> TokenHeader:
    """Read a token's header.

    Raises:
        TokenRefused: It has none.
    """
    segment = token.partition(".")[0]
    if len(segment) > MAX_HEADER_BYTES:
        raise TokenRefused("the token's header is too long")
    try:
        padded = segment.encode("ascii") + b"=" * (-len(segment) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=TokenHeader)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise TokenRefused("the token has no header") from None
