"""Real endpoints that limit, each in its own way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from tests.support.delivery.endpoints import OK, Endpoint, Judged, Received, answer, open_endpoint
from tests.support.delivery.limits import Limiter, Refusal


@attrs.define(eq=False)
class Limited:
    """What a limited endpoint has seen."""

    limiter: Limiter
    refusal: Refusal
    busy_seconds: float
    accepted: Counter[str] = attrs.field(factory=Counter)
    attempts: set[str] = attrs.field(factory=set)
    requests: int = 0
    first_at: float | None = None
    last_at: float = 0.0

    async def judge(self, request: Received) -> bytes:
        now = time.time()
        self.requests += 1
        self.first_at = self.first_at or now
        self.attempts.add(request.headers["x-pulse-attempt"])
        seconds = self.limiter.ask(now)
        if seconds is not None:
            fields = self.refusal.headers(seconds, now)
            headers = {name.replace("-", "_"): value for name, value in fields.items()}
            return answer(self.refusal.status, b"", **headers)
        await trio.sleep(self.busy_seconds)
        self.limiter.done()
        self.accepted[request.headers["webhook-id"]] += 1
        self.last_at = time.time()
        return OK


@asynccontextmanager
async def open_limited(
    limiter: Limiter, refusal: Refusal, *, busy_seconds: float = 0.01
) -> AsyncIterator[tuple[Endpoint, Limited]]:
    """Run an endpoint that limits."""
    limited = Limited(limiter, refusal, busy_seconds)
    async with open_endpoint(Judged(limited.judge)) as endpoint:
        yield endpoint, limited
