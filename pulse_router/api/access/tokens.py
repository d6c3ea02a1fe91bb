"""JSON Web Tokens: who calls, for which tenant, in which roles. It knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from pulse_router.api.openapi.audiences import (
    CUSTOMER_READERS,
    CUSTOMER_WRITERS,
    OPERATOR_READERS,
    OPERATOR_WRITERS,
    ROLES,
)
from pulse_router.domain.topics import ID_PATTERN, ID_RULE

ALGORITHM: Final = "HS256"
LEEWAY_SECONDS: Final = 30
_LATEST: Final = 253_402_300_799  # the year 9999; a longer number need not fit into a float
_MAX_SUBJECT_LENGTH: Final = 200


class TokenRefused(Exception):
    """A token is not valid, or no longer. The message never holds any part of it."""


@attrs.frozen
class Principal:
    """Who calls.

    `tenant_id` is None when the token names none; `expires_at` is in Unix seconds.
    """

    subject: str | None
    tenant_id: str | None
    roles: frozenset[str]
    expires_at: float

    @property
    def may_read_as_customer(self) -> bool:
        """Whether it may read and stream its tenant's data."""
        return not self.roles.isdisjoint(CUSTOMER_READERS | OPERATOR_READERS)

    @property
    def may_write_as_customer(self) -> bool:
        """Whether it may change its tenant's data."""
        return not self.roles.isdisjoint(CUSTOMER_WRITERS)

    @property
    def may_read_as_operator(self) -> bool:
        """Whether it may read every tenant's data."""
        return not self.roles.isdisjoint(OPERATOR_READERS)

    @property
    def may_write_as_operator(self) -> bool:
        """Whether it may act on every tenant's data."""
        return not self.roles.isdisjoint(OPERATOR_WRITERS)


def issue_token(
    secret: str,
    *,
    tenant: str | None,
    roles: Sequence[str],
    expires_seconds: float,
    now: float,
    issuer: str | None = None,
    audience: str | None = None,
) -> str:
    """Sign a token with a shared secret.

    Args:
        secret: The secret that the router checks with.
        tenant: The tenant that it speaks for, or None for an operator's.
        roles: What it may do.
        expires_seconds: For how long it holds.
        now: The time of issue, in Unix seconds.
        issuer: Who issues it, when the router asks for that.
        audience: Whom it is for, when the router asks for that.

    Raises:
        ValueError: The tenant's id is malformed, or a role is unknown.
    """
    if tenant is not None and not ID_PATTERN.fullmatch(tenant):
        raise ValueError(f"a tenant id has {ID_RULE}")
    if unknown := set(roles) - ROLES:
        raise ValueError(f"unknown role {min(unknown)!r}; known are {', '.join(sorted(ROLES))}")
    claims: dict[str, Any] = {
        "sub": "pulse-router token",
        "iat": int(now),
        "exp": int(now + expires_seconds),
        "realm_access": {"roles": list(roles)},
    }
    optional = {"tenant_id": tenant, "iss": issuer, "aud": audience}
    claims |= {name: value for name, value in optional.items() if value is not None}
    return jwt.encode({"alg": ALGORITHM}, claims, OctKey.import_key(secret))


class SharedSecretVerifier:
    """Checks tokens that are signed with a shared secret (HS256).

    Args:
        secret: The secret.
        issuer: What `iss` must be, or None when it is not asked for.
        audience: What `aud` must hold, or None when it is not asked for.
        unix_time: The clock, in Unix seconds.

    Raises:
        ValueError: The secret is empty, or a public key.
    """

    def __init__(
        self,
        secret: str,
        *,
        issuer: str | None,
        audience: str | None,
        unix_time: Callable[[], float],
    ) -> None:
        self._key = OctKey.import_key(secret)
        self._rules = ClaimRules(issuer=issuer, audience=audience, unix_time=unix_time)

    async def verify(self, token: str) -> Principal:
        """Check a token's signature and claims.

        Raises:
            TokenRefused: It is malformed, signed otherwise, expired, or not for us.
        """
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            # joserfc meets headers of a wrong type with a TypeError.
            raise TokenRefused(f"the token is refused: {type(error).__name__}") from None
        return self._rules.check(decoded.claims)


class ClaimRules:
    """What a token must claim, whoever signed it.

    Args:
        issuer: What `iss` must be, or None when it is not asked for.
        audience: What `aud` must hold, or None when it is not asked for.
        unix_time: The clock, in Unix seconds.
    """

    def __init__(
        self, *, issuer: str | None, audience: str | None, unix_time: Callable[[], float]
    ) -> None:
        self._unix_time = unix_time
        self._options: dict[str, ClaimsOption] = {"exp": {"essential": True}}
        if issuer is not None:
            self._options["iss"] = {"essential": True, "value": issuer}
        if audience is not None:
            self._options["aud"] = {"essential": True, "value": audience}

    def check(self, claims: dict[str, Any]) -> Principal:
        """Check claims that are signed, and say who calls.

        Raises:
            TokenRefused: They are expired, not valid yet, malformed, or not for us.
        """
        rules = _Claims(now=int(self._unix_time()), leeway=LEEWAY_SECONDS, **self._options)
        try:
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(f"the token is refused: {type(error).__name__}") from None
        return read_principal(claims)


class _Claims(JWTClaimsRegistry):
    """Our rules for claims."""

    def validate_iat(self, value: object) -> None:
        """Ask nothing of `iat`: clocks at the edge jump, and `nbf` is there for a start."""


def read_principal(claims: Mapping[str, Any]) -> Principal:
    """Read who calls from valid claims, Keycloak's shape included.

    Raises:
        TokenRefused: The tenant is not one that could exist.
    """
    tenant_id = _organization(claims.get("organization")) or claims.get("tenant_id")
    if not tenant_id:
        tenant_id = None
    elif not isinstance(tenant_id, str) or not ID_PATTERN.fullmatch(tenant_id):
        raise TokenRefused("the token's tenant is not a valid id")
    realm_access = claims.get("realm_access")
    realm_roles = realm_access.get("roles") if isinstance(realm_access, Mapping) else None
    return Principal(
        subject=_subject(claims.get("sub")),
        tenant_id=tenant_id,
        roles=_texts(realm_roles) | _texts(claims.get("role")),
        expires_at=float(min(claims["exp"], _LATEST)),
    )


def _subject(value: object) -> str | None:
    """Give the subject as it may stand in the audit log; one that nobody could read is none."""
    if not isinstance(value, str) or not value.isprintable():
        return None
    return value[:_MAX_SUBJECT_LENGTH] or None


def _organization(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return next((item for item in value if isinstance(item, str) and item), None)
    return None


def _texts(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(item for item in value if isinstance(item, str))
    return frozenset()
