"""Receivers that limit at various rates: how many requests a message costs, and how much is used.

A router of its own on a fresh database; the endpoints are in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

import trio

from tests.benchmarks.site import Site, open_site
from tests.benchmarks.stage import Stage
from tests.support.delivery.limited import Limited, open_limited
from tests.support.delivery.limits import (
    WAYS,
    AtOnce,
    FixedWindow,
    Limiter,
    SlidingWindow,
    TokenBucket,
)

MOST_SECONDS: Final = 1200.0
PAYLOAD: Final = '{"site_id":"SITE-1","metrics":{"temperature":21.5,"battery":90}}'

SCENES: Final[Mapping[str, tuple[Callable[[], Limiter], str, int, float | None]]] = {
    # name: the limiter, how it says so, how many messages, and how many a second it allows
    "1/s": (lambda: TokenBucket(1, 1), "429 and seconds", 100, 1),
    "1/s, no word": (lambda: TokenBucket(1, 1), "429 alone", 100, 1),
    "1 in 5 s": (lambda: TokenBucket(0.2, 1), "429 and a date", 30, 0.2),
    "10/s": (lambda: TokenBucket(10, 1), "503 and seconds", 600, 10),
    "10/s, burst 100": (lambda: TokenBucket(10, 100), "429 and seconds", 800, 10),
    "100/s, burst 20": (lambda: TokenBucket(100, 20), "429 and seconds", 4000, 100),
    "500/s, burst 50": (lambda: TokenBucket(500, 50), "429 and seconds", 8000, 500),
    "60 a minute": (lambda: FixedWindow(60, 60), "429 and RateLimit-Reset", 180, 1),
    "5 a minute, no word": (lambda: FixedWindow(5, 60), "429 alone", 30, 5 / 60),
    "20 a second": (lambda: FixedWindow(20, 1), "429 and seconds", 1000, 20),
    "30 in any 10 s": (
        lambda: SlidingWindow(30, 10),
        "429 and X-RateLimit-Reset as Unix time",
        300,
        3,
    ),
    "1 at once": (lambda: AtOnce(1), "429 alone", 500, None),
    "4 at once": (lambda: AtOnce(4), "429 and seconds", 2000, None),
}


def run(stage: Stage) -> None:
    """Measure all receivers beside each other, and print it."""
    with open_site(stage) as site:
        seen = trio.run(_serve, site)
    print(
        "\n  receivers that limit: requests a message, and what part of the allowed rate was used"
    )
    for name, (_, way, count, per_second) in SCENES.items():
        limited = seen[name]
        seconds = limited.last_at - (limited.first_at or 0)
        used = "" if per_second is None else f", {(count - 1) / seconds / per_second:.2f}"
        doubled = sum(number - 1 for number in limited.accepted.values())
        print(
            f"    {name} ({way}): {limited.requests / count:.2f}{used};"
            f" {len(limited.accepted)} of {count} delivered, {doubled} twice, {seconds:.0f} s"
        )
        assert len(limited.accepted) == count, name
        assert limited.attempts == {"1"}, name
        assert limited.requests <= 1.5 * count, name
    print(f"    dead letters: {seen.dead}")


class _Seen(dict[str, Limited]):
    """What each endpoint has seen, and how many deliveries were buried."""

    dead = 0


async def _serve(site: Site) -> _Seen:
    seen = _Seen()
    async with AsyncExitStack() as stack:
        for number, (name, (make, way, count, _)) in enumerate(SCENES.items(), start=1):
            endpoint, limited = await stack.enter_async_context(
                open_limited(make(), WAYS[way], busy_seconds=0.05)
            )
            seen[name] = limited
            await trio.to_thread.run_sync(_add_route, site, endpoint.port, number, count)
        # It says when it is ready only after its deliveries have begun.
        router = site.router()
        await trio.to_thread.run_sync(router.__enter__)
        try:
            await _wait(seen)
            letters = "SELECT count(*) FROM dead_letter_messages"
            seen.dead = int(
                await trio.to_thread.run_sync(site.stage.postgres.psql, site.database, letters)
            )
        finally:
            router.__exit__(None, None, None)
    return seen


async def _wait(seen: Mapping[str, Limited]) -> None:
    deadline = time.monotonic() + MOST_SECONDS
    while any(len(seen[name].accepted) < count for name, (_, _, count, _) in SCENES.items()):
        if time.monotonic() > deadline:
            left = {name: len(limited.accepted) for name, limited in seen.items()}
            raise SystemExit(f"not all was delivered: {left}")
        await trio.sleep(0.5)


def _add_route(site: Site, port: int, number: int, count: int) -> None:
    site.add_routes_to(f"http://127.0.0.1:{port}/hook", 1, "tenant/+/device/NOBODY/telemetry")
    site.stage.postgres.psql(
        site.database,
        "INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload,"
        f" event_id, event_time) SELECT {number} * 1000000 + n, 'TENANT1', {number}, 'DEV-00001',"
        f" 'tenant/TENANT1/device/DEV-00001/telemetry', '{PAYLOAD}', n, now()"
        f" FROM generate_series(1, {count}) AS n",
    )
