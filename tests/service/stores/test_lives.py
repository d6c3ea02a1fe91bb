"""A commit belongs to one life of a router, on a real PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trio

from pulse_router.domain.errors import LifeOver, Unavailable
from pulse_router.domain.messages import IngestCounts
from pulse_router.ingest.poison import commit_without_poison
from pulse_router.ingest.suspicion import Suspicion
from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.batches import FEW_ROWS, PostgresIngestStore
from pulse_router.stores.roles import Role
from tests.support.ingest.commits import commit_of, counts, message
from tests.support.ingest.lives import begun, store_of

SIZES = pytest.mark.parametrize("size", [1, FEW_ROWS])
"""By one round trip, and by COPY."""


@SIZES
async def test_a_commit_of_an_earlier_life_that_comes_late_is_refused(
    database: Database, size: int
) -> None:
    earlier = await begun(database)
    later = await begun(database)
    late = commit_of(*map(message, range(1, size + 1)))
    with pytest.raises(LifeOver, match=r"here/router has taken over .* mqtt\.client_id"):
        await earlier.commit(late)
    with pytest.raises(LifeOver):
        await commit_without_poison(earlier, late, Suspicion(), is_suspect=True)
    assert await counts(database) == [0, 0, 0, 0]
    await later.commit(late)
    with pytest.raises(LifeOver):
        await earlier.commit(late)
    assert await counts(database) == [size, 1, size, 1]


@pytest.mark.parametrize("size", [1, FEW_ROWS])
async def test_a_life_begins_when_commits_of_the_earlier_one_have_ended(
    database: Database, size: int
) -> None:
    """However long they take: a card's fsync, a lock that somebody holds."""
    store = await begun(database)
    messages = [message(n) for n in range(1, size + 1)]
    begin = trio.Event()
    async with trio.open_nursery() as nursery, database.transaction(Role.OPERATOR) as holder:
        await holder.execute(
            "INSERT INTO route_deliveries"
            " (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)"
            " VALUES (1001, 'T', 1, 'D', 't', '{}', 1, now())"
        )
        nursery.start_soon(store.commit, commit_of(*messages))
        await until_waiting(database, 1)

        async def begin_again() -> None:
            memory = await store_of(database).begin()
            assert memory.last_sequence == 1
            assert memory.seen == [(n, -n) for n in range(1, size + 1)]
            begin.set()

        nursery.start_soon(begin_again)
        await until_waiting(database, 2)
        assert not begin.is_set()
        await holder.execute("DELETE FROM route_deliveries")
    assert begin.is_set()


async def until_waiting(database: Database, sessions: int) -> None:
    """Wait until so many sessions wait for a lock."""
    while True:
        rows = await database.query(
            Role.OPERATOR, "SELECT count(*) FROM pg_locks WHERE NOT granted", read_only=True
        )
        if rows[0][0] >= sessions:
            return
        await trio.sleep(0.01)


async def test_a_try_waits_for_an_earlier_one_that_may_still_commit(database: Database) -> None:
    """Its answer was lost; what it stores must not be stored beside it."""
    store = await begun(database)
    commit = commit_of(message(1), message(2), message(3, metrics='{"a":"\\u0000"}'))
    good = commit_of(message(1), message(2))
    found: list[IngestCounts] = []
    async with trio.open_nursery() as nursery:
        async with store.in_pieces(commit) as pieces:
            assert not isinstance(pieces, IngestCounts)
            await pieces.add(good.messages, good.deliveries)
            await pieces.reject(good.rejections)
            await pieces.finish(good)

            async def try_again(*, is_suspect: bool) -> None:
                stored = await commit_without_poison(
                    store, commit, Suspicion(), is_suspect=is_suspect
                )
                found.append(stored.counts)

            nursery.start_soon(lambda: try_again(is_suspect=True))
            nursery.start_soon(lambda: try_again(is_suspect=False))
            await until_waiting(database, 2)
        assert await counts(database) == [2, 1, 2, 1]
    assert found == [good.counts, good.counts]
    assert await counts(database) == [2, 1, 2, 1]


async def live(database: Database, store: PostgresIngestStore, *, owner: str, lease: str) -> None:
    """Let a store's router be one that holds leases of lanes."""
    await store.begin()
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            "INSERT INTO lane_owners VALUES ($1, now() + $2::text::interval)"
            " ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at",
            owner,
            lease,
        )


async def test_nobody_takes_over_from_a_router_that_is_alive(database: Database) -> None:
    first = PostgresIngestStore(database, client_id="router", owner="there/router")
    await live(database, first, owner="there/router", lease="5 s")
    second = store_of(database)
    with pytest.raises(Unavailable, match=r"there/router, since .*this one waits") as error:
        await second.begin()
    assert "mqtt.client_id" in str(error.value)
    await first.commit(commit_of(message(1)))
    assert (await store_of(database, "another").begin()).node == 1


@pytest.mark.parametrize("lease", ["-1 s", "-9 years", "9 years"])
async def test_a_router_that_is_gone_is_not_waited_for(database: Database, lease: str) -> None:
    """But watched for as long as a lease lasts; whatever the clock is, it decides nothing."""
    gone = PostgresIngestStore(database, client_id="router", owner="there/router")
    await live(database, gone, owner="there/router", lease=lease)
    successor = store_of(database, lease_seconds=0.2)
    with pytest.raises(Unavailable, match="this one waits"):
        await successor.begin()  # it may live, for all that is known
    await trio.sleep(0.3)
    await successor.begin()
    with pytest.raises(LifeOver):
        await gone.commit(commit_of(message(1)))


@contextmanager
def another_process() -> Iterator[str]:
    """Start a process that does nothing, and give its name."""
    with subprocess.Popen(
        [sys.executable, "-c", SAY_NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


SAY_NAME = """
from pulse_router.runtime.processes import this_process
print(this_process(), flush=True)
input()
"""


async def test_on_one_machine_a_router_waits_while_the_other_lives_and_no_longer(
    database: Database,
) -> None:
    await live(database, store_of(database), owner="here/router", lease="5 s")
    with another_process() as process:
        async with database.transaction(Role.INGEST) as transaction:
            await transaction.execute("UPDATE ingest_nodes SET process = $1", process)
        with pytest.raises(Unavailable, match="this one waits"):
            await store_of(database).begin()
    await begun(database)
