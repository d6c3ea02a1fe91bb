"""Redirects are not followed; who has moved for good is not asked again."""

from __future__ import annotations

import pytest

from pulse_router.domain.deliveries import Verdict
from tests.support.delivery.endpoints import answer, open_endpoint
from tests.support.delivery.webhooks import attempt


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_who_is_elsewhere_for_a_while_is_tried_again(status: int) -> None:
    async with open_endpoint() as inner, open_endpoint(answer(status, Location=inner.url())) as it:
        outcome = await attempt(it.url())
        assert inner.requests == []
    assert outcome.verdict is Verdict.RETRY
    assert "not followed" in outcome.error


@pytest.mark.parametrize("status", [301, 308])
@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://new.example/hook", "has moved to https://new.example/hook;"),
        ("/moved", "has moved to http://127.0.0.1:{port}/moved;"),
        ("moved?a=b", "has moved to http://127.0.0.1:{port}/moved;"),
        ("//new.example:8443/x#y", "has moved to http://new.example:8443/x;"),
        ("https://me:hush@new.example/x?key=hush", "has moved to https://new.example/x;"),
        ("https://new.example/echo/hushhush", "has moved to https://new.example/echo/********;"),
        ("https://new.example/" + "x" * 1000, "xxx…;"),
        ("https://[", "does not say where to"),
        ("javascript:hush", "does not say where to"),
        ("https://new.example:99999999/", "does not say where to"),
        (None, "does not say where to"),
    ],
)
async def test_who_has_moved_for_good_is_not_tried_again_and_the_target_is_named(
    status: int, location: str | None, said: str
) -> None:
    headers = {} if location is None else {"Location": location}
    async with open_endpoint(answer(status, b"see there", **headers)) as endpoint:
        outcome = await attempt(endpoint.url("/hook?token=hushhush"))
    assert (outcome.verdict, outcome.status) == (Verdict.DEAD, status)
    assert said.format(port=endpoint.port) in outcome.error
    assert "hush" not in outcome.error
    assert len(outcome.error) < 500
