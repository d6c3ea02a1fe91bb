"""Tokens of an OpenID Connect issuer: signed with one of the keys that it publishes.

It knows nothing of where the keys come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from pulse_router.api.access.tokens import ClaimRules, Principal, TokenRefused

KEY_TYPES: Final[Mapping[str, str]] = {
    "RS256": "RSA",
    "ES256": "EC",
    "EdDSA": "OKP",
    "Ed25519": "OKP",
}
"""Which kind of key an algorithm signs with: the kind decides, so no key serves two algorithms."""

MAX_HEADER_BYTES: Final = 4096
_MOST_TRIED: Final = 10
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_OTHER_USES: Final = frozenset({"id", "refresh", "offline", "logout"})


class TokenHeader(msgspec.Struct):
    """What a token says of itself before anything is checked; nothing of it is to be trusted."""

    alg: str
    kid: str | None = None
    typ: str = "JWT"
    crit: Any = None

    @property
    def is_of_access_token(self) -> bool:
        """Whether it may be a token for an API, that insists on no extension of the standard."""
        return self.crit is None and self.typ.lower() in _TYPES


class KeySource(Protocol):
    """The keys that an issuer publishes.

    Attributes:
        generation: Changes whenever the keys do.
    """

    generation: int

    async def find_keys(self, kid: str | None, key_type: str) -> Sequence[Key]:
        """Give the keys that a token may be signed with; none when the issuer has none such.

        Raises:
            Unavailable: The issuer cannot be asked, and what is known is not enough.
        """
        ...


class IssuerVerifier:
    """Checks tokens that an issuer has signed.

    Args:
        keys: The issuer's keys.
        issuer: What `iss` must be.
        audience: What `aud` must hold, or None when it is not asked for.
        unix_time: The clock, in Unix seconds.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str | None,
        unix_time: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._rules = ClaimRules(issuer=issuer, audience=audience, unix_time=unix_time)
        self._registry = Algorithms()

    @property
    def generation(self) -> int:
        """Changes whenever a token that was valid may no longer be."""
        return self._keys.generation

    async def verify(self, token: str, header: TokenHeader) -> Principal:
        """Check a token's signature and claims.

        Args:
            token: The token.
            header: Its header.

        Raises:
            TokenRefused: It is malformed, signed otherwise, expired, or not for us.
            Unavailable: The issuer cannot be asked for the key.
        """
        key_type = KEY_TYPES.get(header.alg)
        if key_type is None or not header.is_of_access_token:
            raise TokenRefused("the token is of a kind that is not taken")
        for key in (await self._keys.find_keys(header.kid, key_type))[:_MOST_TRIED]:
            claims = self._decode(token, key)
            if claims is not None:
                if str(claims.get("typ")).lower() in _OTHER_USES:
                    raise TokenRefused("the token is not an access token")
                return self._rules.check(claims)
        raise TokenRefused("no key of the issuer has signed the token")

    def _decode(self, token: str, key: Key) -> dict[str, Any] | None:
        try:
            return jwt.decode(token, key, registry=self._registry).claims
        except BadSignatureError:
            return None
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise TokenRefused(f"the token is refused: {type(error).__name__}") from None


class Algorithms(JWSRegistry):
    """The algorithms; `EdDSA` is Ed25519, its only curve in use (RFC 9864)."""

    algorithms = {  # noqa: RUF012 - the base class declares it so
        name: JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name] for name in KEY_TYPES
    }
    max_header_length = MAX_HEADER_BYTES

    def __init__(self) -> None:
        super().__init__(algorithms=list(KEY_TYPES), strict_check_header=False)
