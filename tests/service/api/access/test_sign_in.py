"""Where an issuer lets one sign in: taken from its address book when that is as safe as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulse_router import options
from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.fetching import Endpoints, IssuerSite
from tests.support.api.issuer_tokens import settings_for
from tests.support.servers.issuer import DISCOVERY, Issuer


def site_of(issuer: Issuer) -> IssuerSite:
    found = options.issuer_options(settings_for(issuer))
    assert found is not None
    return IssuerSite(found)


async def endpoints_of(issuer: Issuer, changes: dict[str, Any]) -> Endpoints:
    book = issuer.documents()[DISCOVERY] | {
        "authorization_endpoint": f"{issuer.url}/auth",
        "end_session_endpoint": f"{issuer.url}/logout",
    }
    answer = {name: value for name, value in (book | changes).items() if value != ""}
    issuer.answers[DISCOVERY] = 200, {}, json.dumps(answer).encode()
    return await site_of(issuer).fetch_endpoints()


async def test_the_issuer_says_where_one_signs_in_and_out() -> None:
    issuer = Issuer()
    async with issuer.serving():
        assert await endpoints_of(issuer, {}) == Endpoints(
            authorization=f"{issuer.url}/auth",
            token=f"{issuer.url}/protocol/openid-connect/token",
            end_session=f"{issuer.url}/logout",
        )
        assert (await endpoints_of(issuer, {"end_session_endpoint": ""})).end_session is None


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"authorization_endpoint": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
        {"token_endpoint": ["https://login.example.com/token"]},
        {"token_endpoint": "https://["},
        {"end_session_endpoint": "ftp://login.example.com"},
        {"end_session_endpoint": {"https": "//login.example.com"}},
    ],
)
async def test_an_address_book_that_leads_elsewhere_leads_nowhere(changes: dict[str, Any]) -> None:
    issuer = Issuer()
    async with issuer.serving():
        with pytest.raises(Unavailable):
            await endpoints_of(issuer, changes)
