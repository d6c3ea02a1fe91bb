"""What is written down of the batches that are left hides none of them."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.roles import Role
from tests.support.ingest.commits import count
from tests.support.ingest.lives import begun, store_of

COMMIT = """
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT $1, sequence, 1, sequence, array_fill(1, ARRAY[$3::integer]),
       array_fill(sequence, ARRAY[$3::integer]), 1, 1, 0, 0, 0, 0, 0, '{}'
FROM unnest($2::bigint[]) AS sequence
"""
OF_BEFORE = """
WITH gone AS (DELETE FROM ingest_batches WHERE client_id = $1 AND sequence = ANY ($2) RETURNING *)
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT client_id, max(sequence), 1, max(last_id), ARRAY[1], ARRAY[1],
       sum(received), sum(stored), 0, 0, 0, 0, 0, '{}'
FROM gone GROUP BY client_id
"""
"""Merges rows and writes nothing down, as a router of the release before does."""


async def commit(
    database: Database, client_id: str, sequences: Iterable[int], *, messages: int = 1
) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(COMMIT, client_id, list(sequences), messages)


async def rows(database: Database, source: str) -> list[tuple[str, int]]:
    sql = f"SELECT client_id, sequence FROM {source} ORDER BY 1, 2"
    return [tuple(row) for row in await database.query(Role.OPERATOR, sql, read_only=True)]


async def assert_nothing_is_hidden(database: Database) -> None:
    everything = await rows(database, "ingest_batches")
    assert await rows(database, "pulse_batches() AS batch") == everything
    for client_id in {client_id for client_id, _ in everything}:
        mine = [row for row in everything if row[0] == client_id]
        assert await rows(database, f"pulse_batches_of('{client_id}') AS batch") == mine


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_committed_and_pruned_by_whom_nothing_is_hidden(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    clients = ["a", "B", "b-1", "ö", "", "zz"]
    pruned = set(chance.sample(clients, 3))
    stores = {client_id: await begun(database, client_id) for client_id in pruned}
    newest = dict.fromkeys(clients, 0)
    for _ in range(25):
        client_id = chance.choice(clients)
        following = range(newest[client_id] + 1, newest[client_id] + chance.randrange(2, 40))
        newest[client_id] = following[-1] + 1
        await commit(database, client_id, following, messages=chance.choice((0, 1, 600, 9000)))
        if client_id in pruned and chance.random() < 0.6:
            await stores[client_id].prune()
        await assert_nothing_is_hidden(database)


async def test_what_a_router_of_the_release_before_merges_is_not_hidden(
    database: Database,
) -> None:
    store = await begun(database)
    await commit(database, "router", range(1, 9), messages=600)
    await store.prune()
    left = [sequence for _, sequence in await rows(database, "ingest_batches")]
    await commit(database, "router", range(9, 12))
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(OF_BEFORE, "router", [left[0], left[1]])
        await transaction.execute(OF_BEFORE, "router", [left[-1], 9, 10])
    await assert_nothing_is_hidden(database)
    assert (await store_of(database).begin()).last_sequence == 11


async def test_what_a_prune_of_an_earlier_life_writes_down_late_hides_nothing(
    database: Database,
) -> None:
    earlier = await begun(database)
    await commit(database, "router", range(1, 5))
    async with database.transaction(Role.INGEST) as late:
        # It has looked already, and its commit comes when the next life has gone on.
        await late.execute(
            "INSERT INTO ingest_batch_marks (client_id, since, live) VALUES ('router', 4, $1)",
            [1, 2, 3, 4],
        )
        await commit(database, "router", range(5, 9))
        await earlier.prune()
    await assert_nothing_is_hidden(database)


@pytest.mark.parametrize("since", [-(2**63), 0, 3, 300, 2**63 - 1])
@pytest.mark.parametrize("live", [[], [None, 2**63 - 1, -5], [1, 1, 2]])
async def test_a_mark_that_somebody_has_made_up_hides_not_the_last_and_is_mended(
    database: Database, since: int, live: list[int | None]
) -> None:
    await begun(database)
    await commit(database, "router", range(1, 4))
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(
            "INSERT INTO ingest_batch_marks (client_id, since, live) VALUES ('router', $1, $2),"
            " ('nobody', $1, $2)",
            since,
            live,
        )
    store = store_of(database)
    assert (await store.begin()).last_sequence == 3
    await store.prune()
    await assert_nothing_is_hidden(database)


async def test_each_mark_takes_the_place_of_the_one_before(database: Database) -> None:
    store: PostgresIngestStore = await begun(database)
    for first in range(1, 40, 10):
        await commit(database, "router", range(first, first + 10))
        await store.prune()
    assert await count(database, "ingest_batch_marks") == 1


async def test_a_row_of_a_number_beyond_all_commits_is_not_hidden(database: Database) -> None:
    store = await begun(database)
    await commit(database, "router", [1, 2, 2**63 - 1])
    await store.prune()
    await assert_nothing_is_hidden(database)
    assert (await store_of(database).begin()).last_sequence == 2
