"""What is remembered of old batches: the newest packet ids, merged, and no more."""

from __future__ import annotations

import random

import attrs
import pytest

from pulse_router.domain.errors import LifeOver
from pulse_router.domain.messages import IngestCommit, IngestCounts
from pulse_router.ingest.redelivery import AHEAD, MARK, RedeliveryWindow
from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.stores.ingest.pruning import MERGED_MESSAGES
from pulse_router.stores.roles import Role
from tests.support.ingest.commits import commit_of, count, message
from tests.support.ingest.lives import begun, store_of


async def test_a_restart_remembers_the_newest_packet_ids_and_no_more(database: Database) -> None:
    store = await begun(database)
    block = 40_000
    for sequence in range(1, 5):
        ids = list(range(1, block + 1))
        await store.commit(
            commit_of(
                message(sequence),
                sequence=sequence,
                last_id=sequence,
                packet_ids=ids,
                digests=[sequence] * block,
            )
        )
    memory = await store_of(database).begin()
    assert (memory.last_sequence, memory.last_id) == (4, 4)
    assert memory.seen == [(n, s) for s in (3, 4) for n in range(1, block + 1)]
    await store.prune()
    assert await store.begin() == memory
    assert await count(database, "ingest_batches") == 2
    figures = await PostgresLedgerStore(database).audit()
    assert [figures.total(name) for name in ("received", "stored", "rejected")] == [8, 4, 4]
    assert figures.tenants["TENANT1"] == {"stored": 4, "queued": 4, "pending": 4}


async def test_what_was_stored_ahead_is_known_after_a_restart_and_a_merge(
    database: Database,
) -> None:
    store = await begun(database)
    marks = [([MARK, 9], [AHEAD, 99]), ([1], [11]), ([2], [22])]
    for sequence, (packet_ids, digests) in enumerate(marks, start=1):
        commit = commit_of(message(sequence), sequence=sequence, last_id=sequence)
        await store.commit(attrs.evolve(commit, packet_ids=packet_ids, digests=digests))
    await store.prune()
    window = RedeliveryWindow((await store_of(database).begin()).seen)
    window.begin_connection(new_session=False)
    window.begin_arrival(1, known=0, written=0)
    assert window.is_repeated(9, 99, duplicate=True)
    assert window.was_ahead


def random_commit(chance: random.Random, sequence: int) -> IngestCommit:
    """A batch that is mostly small, at times large, or of QoS 0 only; it stores no rows."""
    size = chance.choice((0, 1, 1, 1, 1, 2, 30, MERGED_MESSAGES - 1, 3 * MERGED_MESSAGES))
    tenants = [chance.choice(("T1", "T2", None)) for _ in range(chance.randrange(3))]
    return attrs.evolve(
        commit_of(sequence=sequence),
        last_id=sequence,
        rejections=[],
        packet_ids=[chance.randrange(1, 65_536) for _ in range(size)],
        digests=[chance.getrandbits(63) for _ in range(size)],
        duplicates={tenant: chance.randrange(1, 5) for tenant in tenants},
        counts=IngestCounts(*(chance.randrange(10) for _ in range(7))),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_merged_batches_say_what_they_said(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    store = await begun(database)
    await (await begun(database, "other")).commit(commit_of(message(1)))
    await store.commit(commit_of(message(2), message(3, tenant_id="T1")))
    for sequence in range(2, 302):
        commit = random_commit(chance, sequence)
        await store.commit(commit)
        if sequence % 100 == 0:
            memory, books = await store.begin(), await audited(database)
            await store.prune()
            await store.commit(commit)
            assert await store.begin() == memory
            assert await audited(database) == books
            assert await count(database, "ingest_batches") <= 120
            assert max(await sizes(database)) < 5 * MERGED_MESSAGES
    with pytest.raises(LifeOver):
        await (await begun(database, "router")).commit(commit_of(sequence=301))


async def test_many_batches_of_one_message_become_few(database: Database) -> None:
    store = await begun(database)
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(
            """
            INSERT INTO ingest_batches
              (client_id, sequence, run_id, last_id, packet_ids, digests,
               received, stored, rejected, duplicate, dropped, matched, written)
            SELECT 'router', n, 1, n, ARRAY[n % 65535], ARRAY[n::bigint], 1, 1, 0, 0, 0, 0, 0
            FROM generate_series(1, 70000) AS n
            """
        )
    seen = (await store.begin()).seen
    await store.prune()
    assert await count(database, "ingest_batches") <= 70_000 / MERGED_MESSAGES + 2
    assert (await store.begin()).seen == seen
    received = (await PostgresLedgerStore(database).audit()).total("received")
    assert received == 70_000


async def test_batches_of_qos_0_are_not_kept_for_ever(database: Database) -> None:
    store = await begun(database)
    for sequence in range(1, 11):
        await store.commit(
            commit_of(message(sequence), sequence=sequence, packet_ids=[], digests=[])
        )
    books = await audited(database)
    await store.prune()
    assert await count(database, "ingest_batches") == 1
    assert await audited(database) == books
    assert (await store.begin()).last_sequence == 10


async def audited(database: Database) -> dict[str, dict[str, int]]:
    """The books without what is zero."""
    figures = await PostgresLedgerStore(database).audit()
    return {
        tenant: {name: value for name, value in counts.items() if value}
        for tenant, counts in figures.tenants.items()
    }


async def sizes(database: Database) -> list[int]:
    sql = "SELECT cardinality(packet_ids) FROM ingest_batches"
    return [row[0] for row in await database.query(Role.OPERATOR, sql, read_only=True)]
