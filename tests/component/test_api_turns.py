"""Reads take turns: however many are asked for at once, few are answered together."""

from __future__ import annotations

import time

import trio
from quart import Response
from quart_trio import QuartTrio
from trio.testing import MockClock

from pulse_router.api.access import READS_AT_ONCE, Paths
from pulse_router.api.cors import Cors
from pulse_router.api.envelope import Envelope
from pulse_router.api.operations import Operation
from pulse_router.api.responses import empty_response
from pulse_router.api.tokens import SharedSecretVerifier, issue_token

SECRET = "a secret for tests, long enough for HS256"
REQUESTS = 5 * READS_AT_ONCE


def operation(name: str) -> Operation:
    return Operation(id=name, tag="Test", summary="Wait", answers={204: None})


async def most_at_once(method: str) -> int:
    """Ask many times at once; returns how many were being answered together at the most."""
    together = most = answered = 0

    async def handle(tenant_id: str) -> Response:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await trio.sleep(1)
        together -= 1
        return empty_response()

    app = QuartTrio("turns")
    tokens = SharedSecretVerifier(SECRET, issuer=None, audience=None, unix_time=time.time)
    paths = Paths(app, tokens, answer_seconds=60)
    paths.customer(method, "/slow", handle, writes=method != "GET", operation=operation("slow"))
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(()), access_log="off"
    )
    token = issue_token(
        SECRET, tenant="T", roles=["customer"], expires_seconds=3600, now=time.time()
    )

    async def ask() -> None:
        nonlocal answered
        client = app.test_client()
        send = client.get if method == "GET" else client.post
        answer = await send("/slow", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 204
        answered += 1

    async with trio.open_nursery() as nursery:
        for _ in range(REQUESTS):
            nursery.start_soon(ask)
    assert answered == REQUESTS
    return most


async def test_reads_take_turns(autojump_clock: MockClock) -> None:
    assert await most_at_once("GET") == READS_AT_ONCE


async def test_what_writes_waits_for_nobody(autojump_clock: MockClock) -> None:
    assert await most_at_once("POST") == REQUESTS
