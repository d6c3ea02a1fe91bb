"""A payload filter that fails on a message is seen at its route."""

from __future__ import annotations

from datetime import UTC, datetime

from pulse_router.domain.routes import RouteFault
from tests.support.api.server import ROUTE, ApiForTests

ROUTES = "/api/v1/customer/message-routes"
PROBLEM = "the payload filter failed on a message"


async def test_a_filter_that_failed_lately_is_told_as_the_last_error(api: ApiForTests) -> None:
    async with api.client() as client:
        number = (await client.post(ROUTES, json=ROUTE)).json()["id"]
        api.filter_faults[number] = RouteFault(PROBLEM, datetime(2026, 2, 16, 12, tzinfo=UTC))
        told = (await client.get(f"{ROUTES}/{number}/stats")).json()
    assert (told["last_error"], told["last_error_at"]) == (PROBLEM, "2026-02-16T12:00:00Z")
