"""Whoever holds a token can ask whose it is."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.support.api.server import ApiForTests, make_token

NOTHING = {"read_own": False, "write_own": False, "read_all": False, "write_all": False}


@pytest.mark.parametrize(
    ("tenant", "role", "may"),
    [
        ("TENANT1", "customer", {"read_own": True, "write_own": True}),
        ("TENANT1", "customer_viewer", {"read_own": True}),
        ("TENANT1", "operator", {"read_own": True, "read_all": True}),
        (None, "operator", {"read_all": True}),
        (None, "operator-admin", {"read_all": True, "write_all": True}),
        (None, "customer", {}),
    ],
)
async def test_a_token_says_whose_it_is_and_what_it_is_good_for(
    api: ApiForTests, tenant: str | None, role: str, may: dict[str, bool]
) -> None:
    async with api.client(make_token(tenant, role)) as client:
        told = (await client.get("/api/v1/whoami")).json()
    left = datetime.fromisoformat(told.pop("expires_at")).timestamp() - time.time()
    assert 500 < left <= 600
    assert told == {
        "subject": "pulse-router token",
        "tenant_id": tenant,
        "roles": [role],
        "may": NOTHING | may,
    }
