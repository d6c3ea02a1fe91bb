"""Tokens of an issuer, checked by the API's own verifiers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from pulse_router import options
from pulse_router.api.access.token_verifiers import TokenVerifiers
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.settings import AuthSettings
from tests.support.servers.issuer import AUDIENCE, Issuer

SECRET = "a-secret-for-tests-of-at-least-32-bytes"
ALGORITHMS = ("RS256", "ES256", "EdDSA")


@asynccontextmanager
async def opened(settings: AuthSettings) -> AsyncIterator[TokenVerifiers]:
    """The verifiers as the router makes them, with the task that asks for keys."""
    found = options.issuer_options(settings)
    assert found is not None
    keys = IssuerKeys(IssuerSite(found).fetch_keys)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keys.run)
        yield options.token_verifiers(settings, keys)
        nursery.cancel_scope.cancel()


def settings_for(issuer: Issuer, **changes: Any) -> AuthSettings:
    return attrs.evolve(
        AuthSettings(secret=SECRET, issuer=issuer.url, audience=AUDIENCE), **changes
    )
