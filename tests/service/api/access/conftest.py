"""An issuer that runs, and its tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pulse_router.api.access.token_verifiers import TokenVerifiers
from tests.support.api.issuer_tokens import ALGORITHMS, opened, settings_for
from tests.support.servers.issuer import Issuer, make_key


@pytest.fixture(scope="module")
def signing_keys() -> dict[str, Any]:
    return {algorithm: make_key(algorithm, algorithm) for algorithm in ALGORITHMS}


@pytest.fixture
async def issuer(signing_keys: dict[str, Any]) -> AsyncIterator[Issuer]:
    made = Issuer(keys=dict(signing_keys))
    async with made.serving():
        yield made


@pytest.fixture
async def tokens(issuer: Issuer) -> AsyncIterator[TokenVerifiers]:
    async with opened(settings_for(issuer)) as verifiers:
        yield verifiers
