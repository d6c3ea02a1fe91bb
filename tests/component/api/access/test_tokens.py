"""Tokens: what is believed, what is refused, and whose a token is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from pulse_router.api.access.issuer_tokens import IssuerVerifier
from pulse_router.api.access.token_verifiers import REMEMBERED, TokenVerifiers
from pulse_router.api.access.tokens import (
    LEEWAY_SECONDS,
    Principal,
    SharedSecretVerifier,
    TokenRefused,
    issue_token,
    read_principal,
)

SECRET = "a secret for tests, long enough for HS256"
NOW = 1_800_000_000.0
CLAIMS: dict[str, Any] = {"exp": NOW + 60, "tenant_id": "T", "iss": "us", "aud": ["pulse", "x"]}


def sign(claims: dict[str, Any], *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])


async def verify(
    token: str, *, issuer: str | None = "us", audience: str | None = "pulse", now: float = NOW
) -> Principal:
    verifier = SharedSecretVerifier(SECRET, issuer=issuer, audience=audience, unix_time=lambda: now)
    return await verifier.verify(token)


async def test_an_issued_token_is_believed_until_it_expires() -> None:
    token = issue_token(
        SECRET,
        tenant="TENANT1",
        roles=["customer"],
        expires_seconds=60,
        now=NOW,
        issuer="us",
        audience="pulse",
    )
    principal = await verify(token)
    assert principal.tenant_id == "TENANT1"
    assert principal.roles == {"customer"}
    assert principal.expires_at == NOW + 60
    await verify(token, now=NOW + 60)  # clocks differ by seconds
    with pytest.raises(TokenRefused):
        await verify(token, now=NOW + 60 + LEEWAY_SECONDS)


@pytest.mark.parametrize(
    "change",
    [
        {"exp": None},
        {"exp": NOW - LEEWAY_SECONDS},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": NOW + LEEWAY_SECONDS + 1},
        {"iss": "them"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"tenant_id": "a/b"},
        {"tenant_id": 7},
        {"tenant_id": "x" * 129},
        {"organization": {"not a tenant": {}}},
    ],
)
async def test_a_wrong_claim_is_refused(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    with pytest.raises(TokenRefused):
        await verify(sign(claims))


async def test_a_clock_that_jumped_back_does_not_refuse_what_was_just_issued() -> None:
    await verify(sign(CLAIMS | {"iat": NOW + 3000}))


async def test_another_algorithm_or_key_is_refused() -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    header, payload, signature = sign(CLAIMS).split(".")
    rsa = RSAKey.generate_key(2048)
    for token in (
        sign(CLAIMS, secret="another secret, which is long enough too"),
        sign(CLAIMS, algorithm="HS512"),
        jwt.encode({"alg": "RS256"}, CLAIMS, rsa),
        f"{part({'alg': 'none'})}.{payload}.",
        f"{part({'alg': 'none'})}.{payload}.{signature}",
        f"{header}.{part(CLAIMS | {'tenant_id': 'OTHER'})}.{signature}",
        f"{header}.{payload}.",
        f"{base64.urlsafe_b64encode(b'[' * 9000).decode()}.{payload}.{signature}",
    ):
        with pytest.raises(TokenRefused) as refused:
            await verify(token)
        assert token not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
HEADER_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["HS256", "RS256", "ES256", "EdDSA", "none"]) | JSON,
        "kid": JSON,
        "typ": st.just("JWT") | JSON,
        "crit": JSON,
        "jwk": JSON,
        "b64": JSON,
    },
)


class OneKey:
    """An issuer that has one key of each kind, whatever is asked for."""

    generation = 1

    async def find_keys(self, kid: str | None, key_type: str) -> list[Key]:
        await trio.lowlevel.checkpoint()
        assert kid is None or isinstance(kid, str)
        return [KEYS[key_type]]


KEYS: dict[str, Key] = {
    "RSA": RSAKey.generate_key(2048),
    "EC": ECKey.generate_key("P-256"),
    "OKP": OKPKey.generate_key("Ed25519"),
}


@given(HEADER_FIELDS, JSON, st.binary(max_size=80))
@example({"alg": "HS256", "crit": None}, {}, b"")
@settings(max_examples=300)
def test_whatever_a_token_says_of_itself_it_is_refused_without_a_crash(
    header: dict[str, Any], claims: Any, signature: bytes
) -> None:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    secret = SharedSecretVerifier(SECRET, issuer=None, audience=None, unix_time=lambda: NOW)
    issuer = IssuerVerifier(OneKey(), issuer="us", audience=None, unix_time=lambda: NOW)
    with pytest.raises(TokenRefused):
        trio.run(TokenVerifiers(secret, issuer, unix_time=lambda: NOW).verify, token)


async def test_tokens_that_were_checked_are_remembered_up_to_a_bound_and_until_they_expire() -> (
    None
):
    now = NOW
    asked = 0

    class Counting(OneKey):
        async def find_keys(self, kid: str | None, key_type: str) -> list[Key]:
            nonlocal asked
            asked += 1
            return await super().find_keys(kid, key_type)

    def token(number: int) -> str:
        claims = CLAIMS | {"jti": str(number)}
        return jwt.encode({"alg": "ES256"}, claims, KEYS["EC"], algorithms=["ES256"])

    keys = Counting()
    issuer = IssuerVerifier(keys, issuer="us", audience="pulse", unix_time=lambda: now)
    tokens = TokenVerifiers(None, issuer, unix_time=lambda: now)
    first = token(0)
    for _ in range(5):
        await tokens.verify(first)
    assert asked == 1
    keys.generation += 1  # the issuer's keys are other ones now
    await tokens.verify(first)
    assert asked == 2
    for number in range(1, REMEMBERED + 1):
        await tokens.verify(token(number))
    await tokens.verify(first)
    assert asked == 3 + REMEMBERED
    now = NOW + 60 + LEEWAY_SECONDS
    with pytest.raises(TokenRefused):
        await tokens.verify(first)


@given(st.text(max_size=80))
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(TokenRefused):
        trio.run(verify, text)


@pytest.mark.parametrize(
    ("claims", "tenant"),
    [
        ({}, None),
        ({"tenant_id": ""}, None),
        ({"tenant_id": "T"}, "T"),
        ({"organization": "O", "tenant_id": "T"}, "O"),
        ({"organization": {"O": {}, "P": {}}, "tenant_id": "T"}, "O"),
        ({"organization": ["O", "P"], "tenant_id": "T"}, "O"),
        ({"organization": {}, "tenant_id": "T"}, "T"),
        ({"organization": None, "tenant_id": "T"}, "T"),
    ],
)
def test_the_tenant_is_the_first_organization_or_else_the_claim(
    claims: dict[str, Any], tenant: str | None
) -> None:
    assert read_principal({"exp": NOW} | claims).tenant_id == tenant


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("customer", True, True),
        ("customer_admin", True, True),
        ("tenant-admin", True, True),
        ("customer_viewer", True, False),
        ("operator", True, False),
        ("operator-admin", True, False),
        ("somebody", False, False),
    ],
)
def test_a_role_allows_what_the_contract_says(role: str, reads: bool, writes: bool) -> None:
    for claims in ({"role": role}, {"role": [role]}, {"realm_access": {"roles": ["x", role]}}):
        principal = read_principal({"exp": NOW} | claims)
        assert (principal.may_read_as_customer, principal.may_write_as_customer) == (reads, writes)


@pytest.mark.parametrize(
    "roles", [None, 7, {"roles": None}, {"roles": "x"}, {"roles": [1, None]}, ["customer"]]
)
def test_roles_of_another_shape_are_none(roles: Any) -> None:
    assert not read_principal({"exp": NOW, "realm_access": roles}).may_read_as_customer


def test_a_token_for_nobody_that_could_exist_is_not_issued() -> None:
    with pytest.raises(ValueError, match="tenant id"):
        issue_token(SECRET, tenant="a/b", roles=["customer"], expires_seconds=1, now=NOW)
    with pytest.raises(ValueError, match="unknown role 'king'"):
        issue_token(SECRET, tenant="T", roles=["king"], expires_seconds=1, now=NOW)
