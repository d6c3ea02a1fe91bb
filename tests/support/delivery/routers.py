"""Waiting for routers that share the lanes of one database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Self, TypeVar

import trio

from pulse_router.domain.leases import PARTITIONS, Holding
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.heartbeats import LOOKS, Heartbeats
from tests.support.delivery.queue import ask

T = TypeVar("T")

LEASE_SECONDS = 3.0
"""Long enough for a machine that is busy elsewhere: whoever sleeps through it loses its lanes."""
HALVES = {"one": PARTITIONS // 2, "two": PARTITIONS // 2}


def leases_of(database: Database, owner: str, *, seconds: float) -> PostgresLeaseStore:
    """Give the leases of a life; they, and those of the lives that it watches, last so long."""
    return PostgresLeaseStore(database, owner, heartbeats=Heartbeats(lease_seconds=seconds))


async def take_over(database: Database, owner: str, *, seconds: float = 0.5) -> Holding:
    """Take the lanes of others, who are not heard of for so long, and are looked at meanwhile."""
    store = leases_of(database, owner, seconds=seconds)
    holding = await store.take_back()
    with trio.fail_after(30):
        while not holding.epochs:
            await trio.sleep(seconds / LOOKS / 2)
            holding = await store.renew({})
    return holding


class LeasesUnderPower(PostgresLeaseStore):
    """Leases of a router that says no goodbye once its power is cut."""

    has_power = True

    @classmethod
    def of(cls, database: Database, owner: str, *, seconds: float) -> Self:
        return cls(database, owner, heartbeats=Heartbeats(lease_seconds=seconds))

    async def release(self, epochs: Mapping[int, int], *, leave: bool = False) -> None:
        if self.has_power:
            await super().release(epochs, leave=leave)


async def held(database: Database) -> dict[str, int]:
    rows = await ask(
        database,
        "SELECT owner, count(*) AS n FROM lane_leases"
        " WHERE pulse_lease_end(expires_at, kept_until, life) > now() GROUP BY owner",
    )
    return {row["owner"]: row["n"] for row in rows}


async def wait_until_held(database: Database, expected: dict[str, int]) -> None:
    await poll(lambda: held(database), lambda shares: shares == expected)


async def wait_until_empty(database: Database) -> None:
    try:
        await poll(
            lambda: ask(database, "SELECT 1 FROM route_deliveries LIMIT 1"), lambda rows: not rows
        )
    except trio.TooSlowError:
        pass
    else:
        return
    pending = await ask(
        database,
        "SELECT route_id, count(*), max(attempts) AS attempts,"
        " min(next_attempt_at) - now() AS due_in FROM route_deliveries GROUP BY 1 ORDER BY 1",
    )
    leases = await ask(
        database,
        "SELECT *, pulse_lease_end(expires_at, kept_until, life) - now() AS left FROM lane_leases",
    )
    raise AssertionError(f"still pending: {pending}; the leases: {leases}")


async def poll(ask_for: Callable[[], Awaitable[T]], is_it: Callable[[T], bool]) -> None:
    with trio.fail_after(30):
        while not is_it(await ask_for()):  # noqa: ASYNC110 - the database tells nobody
            await trio.sleep(0.02)
