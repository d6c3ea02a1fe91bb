"""Issuers in trouble: nonsense, endless answers, TLS that nobody trusts, and the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import trio
from structlog.testing import capture_logs

from pulse_router import options
from pulse_router.domain.errors import Unavailable
from pulse_router.oidc import fetching
from pulse_router.oidc.fetching import IssuerSite
from tests.support.api.issuer_tokens import opened, settings_for
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.issuer import DISCOVERY, KEYS, Issuer


async def test_the_issuer_may_say_nothing_where_the_settings_say_where_the_keys_are(
    issuer: Issuer,
) -> None:
    settings = settings_for(issuer, jwks_url=f"http://localhost:{issuer.port}{KEYS}")
    async with opened(settings) as tokens:
        await tokens.verify(issuer.sign("EdDSA"))
    assert issuer.asked == {KEYS: 1}


async def test_an_issuer_that_answers_nonsense_is_an_outage_that_names_it(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 10_000)
    found = options.issuer_options(settings_for(issuer))
    assert found is not None

    async def problem(path: str, status: int, body: bytes, **headers: str) -> str:
        issuer.answers = {path: (status, headers, body)}
        with pytest.raises(Unavailable) as unavailable:
            await IssuerSite(found).fetch_keys()
        return str(unavailable.value)

    where = f"http://localhost:{issuer.port}"
    elsewhere = {"issuer": issuer.url, "jwks_uri": "file:///etc/passwd"}
    assert await problem(DISCOVERY, 500, b"") == f"{where}{DISCOVERY} answers with 500"
    assert "answers with 302" in await problem(KEYS, 302, b"", Location=f"{where}/elsewhere")
    assert "does not answer with a JSON object" in await problem(KEYS, 200, b"<html>")
    assert "does not answer with a JSON object" in await problem(DISCOVERY, 200, b"[]")
    assert "more than 10000 bytes" in await problem(KEYS, 200, b" " * 10_001)
    assert "no key for RS256, ES256 or EdDSA" in await problem(KEYS, 200, b'{"keys": []}')
    assert "another issuer" in await problem(DISCOVERY, 200, b'{"issuer": "https://x.example"}')
    assert "no jwks_uri" in await problem(DISCOVERY, 200, json.dumps(elsewhere).encode())
    assert issuer.asked["/elsewhere"] == 0


async def test_an_issuer_that_never_ends_its_answer_is_given_up(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ANSWER_SECONDS", 0.05)
    issuer.held = trio.Event()
    found = options.issuer_options(settings_for(issuer))
    assert found is not None
    with pytest.raises(Unavailable, match="does not answer in time"):
        await IssuerSite(found).fetch_keys()


async def test_tls_is_verified_and_a_private_authority_may_be_named(
    tmp_path: Path, signing_keys: dict[str, Any]
) -> None:
    authority = TestAuthority()
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(authority.pem)
    issuer = Issuer(scheme="https", keys=dict(signing_keys))
    trusting = options.issuer_options(settings_for(issuer, ca_file=ca_file))
    distrusting = options.issuer_options(settings_for(issuer))
    assert trusting is not None
    assert distrusting is not None
    async with issuer.serving(authority.server_context("localhost")):
        assert len((await IssuerSite(trusting).fetch_keys()).keys) == 3
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await IssuerSite(distrusting).fetch_keys()
        in_clear = {"issuer": issuer.url, "jwks_uri": f"http://localhost:{issuer.port}{KEYS}"}
        issuer.answers = {DISCOVERY: (200, {}, json.dumps(in_clear).encode())}
        with pytest.raises(Unavailable, match="no jwks_uri that is as safe"):
            await IssuerSite(trusting).fetch_keys()
    async with issuer.serving(authority.server_context("other.example")):
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await IssuerSite(trusting).fetch_keys()
    for content, words in ((None, "cannot read"), (b"no PEM", "holds no certificate")):
        ca_file.unlink() if content is None else ca_file.write_bytes(content)
        with pytest.raises(Unavailable, match=rf"auth\.ca_file: .*{words}"):
            await IssuerSite(trusting).fetch_keys()


async def test_the_way_out_of_an_outage_is_said_once_not_at_every_attempt(
    signing_keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.oidc.issuer_keys.FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr("pulse_router.oidc.issuer_keys.LONGEST_RETRY_SECONDS", 0.02)
    issuer = Issuer(keys=dict(signing_keys))
    with capture_logs() as logged:
        async with opened(settings_for(issuer)) as tokens:
            token = issuer.sign("ES256")
            await trio.sleep(0.2)
            with pytest.raises(Unavailable, match=f"localhost:{issuer.port}"):
                await tokens.verify(token)
            async with issuer.serving():
                while True:
                    try:
                        await tokens.verify(token)
                        break
                    except Unavailable:
                        await trio.sleep(0.01)
    assert [entry["event"] for entry in logged] == [
        "the issuer of tokens cannot be asked for its keys",
        "the issuer of tokens answers again",
        "the issuer's keys are known",
    ]
    assert token not in str(logged)
