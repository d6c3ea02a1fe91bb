"""Tokens of a real issuer: believed when it signed them for us, refused in every other case."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import trio
from joserfc import jwt
from joserfc.jwk import OctKey

from pulse_router import options
from pulse_router.api.access.token_verifiers import MAX_TOKEN_BYTES, TokenVerifiers
from pulse_router.api.access.tokens import LEEWAY_SECONDS, TokenRefused, issue_token
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.settings import AuthSettings
from tests.support.api.issuer_tokens import ALGORITHMS, SECRET, opened, settings_for
from tests.support.servers.issuer import AUDIENCE, DISCOVERY, KEYS, Issuer, make_key
from tests.support.waiting import wait_until


async def test_what_the_issuer_signed_is_believed_whatever_the_algorithm(
    issuer: Issuer, tokens: TokenVerifiers
) -> None:
    for algorithm in ALGORITHMS:
        principal = await tokens.verify(issuer.sign(algorithm))
        assert principal.tenant_id == "TENANT1"
        assert "customer_admin" in principal.roles
        assert principal.subject == "f3b0c1d2-0000-4000-8000-000000000001"
    await tokens.verify(issuer.sign("EdDSA", header={"alg": "Ed25519"}))
    await tokens.verify(issuer.sign("ES256", header={"typ": "at+jwt", "x5t": "AAAA", "more": 1}))
    await tokens.verify(issuer.sign("RS256", header={"kid": None, "typ": None}))
    assert issuer.asked == {DISCOVERY: 1, KEYS: 1}


async def test_a_token_of_the_shared_secret_is_believed_beside_those_of_the_issuer(
    issuer: Issuer, tokens: TokenVerifiers
) -> None:
    own = issue_token(
        SECRET,
        tenant="TENANT2",
        roles=["customer"],
        expires_seconds=60,
        now=time.time(),
        issuer=issuer.url,
        audience=AUDIENCE,
    )
    assert (await tokens.verify(own)).tenant_id == "TENANT2"
    assert (await tokens.verify(issuer.sign("ES256"))).tenant_id == "TENANT1"


async def test_a_wrong_claim_is_refused(issuer: Issuer, tokens: TokenVerifiers) -> None:
    now = int(time.time())
    change: dict[str, Any]
    for change in (
        {"exp": None},
        {"exp": now - LEEWAY_SECONDS - 1},
        {"exp": "tomorrow"},
        {"nbf": now + LEEWAY_SECONDS + 5},
        {"nbf": "now"},
        {"iss": "https://other.example/realms/plant"},
        {"iss": issuer.url + "/"},
        {"iss": None},
        {"aud": "account"},
        {"aud": None},
        {"organization": {"not a tenant": {}}},
        {"typ": "Refresh"},
        {"typ": "ID"},
    ):
        with pytest.raises(TokenRefused):
            await tokens.verify(issuer.sign("ES256", **change))
    for change in (
        {"exp": now - LEEWAY_SECONDS + 5},  # clocks differ by seconds
        {"nbf": now + LEEWAY_SECONDS - 5},
        {"exp": 10**400},  # JSON knows no longest number
        {"aud": AUDIENCE},
        {"typ": None},
    ):
        await tokens.verify(issuer.sign("ES256", **change))


async def test_no_trick_with_algorithms_and_keys_gets_a_token_through(
    issuer: Issuer, tokens: TokenVerifiers
) -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    def with_header(**header: Any) -> str:
        return f"{part(header)}.{payload}.{signature}"

    header, payload, signature = issuer.sign("RS256").split(".")
    public_pem = issuer.keys["RS256"].as_pem(private=False)  # type: ignore[union-attr]
    stranger = Issuer(port=issuer.port, keys={"ES256": make_key("ES256", "ES256")})
    confused = jwt.encode(
        {"alg": "HS256", "kid": "RS256"},
        issuer.claims(),
        OctKey(public_pem, public_pem),  # a key that none should make
    )
    for token in (
        confused,
        stranger.sign("ES256"),
        stranger.sign("ES256", header={"jwk": stranger.keys["ES256"].as_dict(private=False)}),
        issuer.sign("ES256", header={"kid": "RS256"}),
        issuer.sign("ES256", header={"crit": ["exp"], "exp": 1}),
        issuer.sign("ES256", header={"typ": "logout+jwt"}),
        with_header(alg="none"),
        f"{part({'alg': 'none'})}.{payload}.",
        with_header(alg="RS512", kid="RS256"),
        with_header(alg="PS256", kid="RS256"),
        with_header(alg="HS512", kid="RS256"),
        with_header(alg="ES256", kid="RS256"),
        with_header(alg="RS256", kid=["RS256"]),
        with_header(alg=["RS256"], kid="RS256"),
        with_header(kid="RS256"),
        with_header(alg="RS256", kid="RS256", crit=["b64"], b64=False),
        f"{header}.{part(issuer.claims(organization=['TENANT2']))}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.{signature}",
        "A" * (MAX_TOKEN_BYTES + 1),
        f"{'A' * 5000}.{payload}.{signature}",
        f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.{payload}.{signature}",
        "\ud800.x.y",
    ):
        with pytest.raises(TokenRefused) as refused:
            await tokens.verify(token)
        assert payload not in str(refused.value)
    assert issuer.asked[KEYS] == 1


async def test_without_a_secret_a_token_of_a_secret_is_refused_and_the_other_way_round(
    issuer: Issuer,
) -> None:
    own = issue_token(SECRET, tenant="T", roles=["customer"], expires_seconds=60, now=time.time())
    async with opened(settings_for(issuer, secret=None)) as tokens:
        await tokens.verify(issuer.sign("ES256"))
        with pytest.raises(TokenRefused):
            await tokens.verify(own)
    alone = options.token_verifiers(AuthSettings(secret=SECRET), None)
    await alone.verify(own)
    with pytest.raises(TokenRefused):
        await alone.verify(issuer.sign("ES256"))
    with pytest.raises(ValueError, match=r"neither auth\.secret nor an issuer"):
        options.token_verifiers(AuthSettings(), None)


async def test_a_key_that_is_withdrawn_takes_the_tokens_that_were_checked_with_it(
    issuer: Issuer,
) -> None:
    found = options.issuer_options(settings_for(issuer))
    assert found is not None
    site = IssuerSite(found)
    keys = IssuerKeys(site.fetch_keys)
    tokens = options.token_verifiers(settings_for(issuer), keys)
    token = issuer.sign("ES256")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keys.run)
        await tokens.verify(token)
        nursery.cancel_scope.cancel()
    del issuer.keys["ES256"]
    async with trio.open_nursery() as nursery:  # it asks at once, as when the keys have aged
        nursery.start_soon(keys.run)
        await wait_until(lambda: keys.generation == 2)
        with pytest.raises(TokenRefused):
            await tokens.verify(token)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_keys_that_are_exchanged_are_taken_up_and_given_up_with_the_first_new_token(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setattr("pulse_router.oidc.issuer_keys.COOLDOWN_SECONDS", 0.0)
    async with opened(settings_for(issuer)) as tokens:
        old = issuer.sign(algorithm)
        await tokens.verify(old)
        issuer.keys = {"next": make_key(algorithm, "next")}
        assert (await tokens.verify(issuer.sign("next"))).tenant_id == "TENANT1"
        assert issuer.asked[KEYS] == 2
        with pytest.raises(TokenRefused):
            await tokens.verify(old)
        with pytest.raises(TokenRefused):
            await tokens.verify(issuer.sign("next", header={"kid": "made-up"}))
