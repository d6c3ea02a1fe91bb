"""The ingest store on a real PostgreSQL: all or nothing, once, and refusals that name the line."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.errors import DataRefused, SequenceTaken, Unavailable
from pulse_router.domain.messages import (
    IngestCommit,
    IngestCounts,
    Message,
    NewDelivery,
    Reason,
    Rejection,
    Written,
)
from pulse_router.ingest.poison import commit_without_poison
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Role
from pulse_router.stores.ingest.batches import FEW_ROWS, MERGED_MESSAGES, PostgresIngestStore
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes

NOW = datetime(2026, 2, 16, tzinfo=UTC)
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


def message(event_id: int, **changes: Any) -> Message:
    good = Message(
        event_id, NOW, NOW, "TENANT1", "DEV-001", "SITE-1", "telemetry", '{"t":1.5}', None
    )
    return good._replace(**changes)


def commit_of(*messages: Message, sequence: int = 1, **changes: Any) -> IngestCommit:
    rejection = Rejection(NOW, None, None, "bad", Reason.BAD_TOPIC, "no", b"\x00\xff")
    deliveries = [
        NewDelivery(1000 + m.event_id, "TENANT1", 7, "DEV-001", TOPIC, '{"b":1}', m.event_id, NOW)
        for m in messages
    ]
    whole = IngestCommit(
        sequence=sequence,
        last_id=99,
        messages=messages,
        rejections=[rejection],
        deliveries=deliveries,
        packet_ids=[m.event_id for m in messages],
        digests=[-m.event_id for m in messages],
        counts=IngestCounts(
            received=len(messages) + 1,
            stored=len(messages),
            rejected=1,
            matched=len(messages),
        ),
    )
    return attrs.evolve(whole, **changes)


async def count(database: Database, table: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(await transaction.fetch_value(f"SELECT count(*) FROM {table}"))


async def counts(database: Database) -> list[int]:
    tables = ("telemetry", "rejected_messages", "route_deliveries", "ingest_batches")
    return [await count(database, table) for table in tables]


async def test_a_batch_is_stored_whole_and_only_once(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
    commit = commit_of(message(1), message(2))
    await store.commit(commit)
    await store.commit(commit)
    assert await counts(database) == [2, 1, 2, 1]
    async with database.transaction(Role.OPERATOR) as transaction:
        row = await transaction.fetch_row("SELECT * FROM telemetry ORDER BY event_id LIMIT 1")
        rejected = await transaction.fetch_row("SELECT * FROM rejected_messages")
    assert row is not None
    assert tuple(row) == tuple(message(1, metrics='{"t": 1.5}'))
    assert rejected is not None
    assert rejected["payload"] == b"\x00\xff"


@pytest.mark.parametrize("size", [1, FEW_ROWS // 2, FEW_ROWS])
async def test_a_batch_without_rejections_is_stored_likewise(database: Database, size: int) -> None:
    store = PostgresIngestStore(database, client_id="router")
    messages = [message(n, site_id=None, extra='{"a":[1]}') for n in range(1, size + 1)]
    commit = commit_of(*messages, rejections=[])
    for _ in range(2):
        await store.commit(commit)
        assert await counts(database) == [size, 0, size, 1]
    async with database.transaction(Role.OPERATOR) as transaction:
        stored = await transaction.fetch("SELECT * FROM telemetry ORDER BY event_id")
        queued = await transaction.fetch("SELECT * FROM route_deliveries ORDER BY id")
    assert [tuple(row) for row in stored] == [
        tuple(each._replace(metrics='{"t": 1.5}', extra='{"a": [1]}')) for each in messages
    ]
    assert [tuple(row)[:8] for row in queued] == [tuple(each) for each in commit.deliveries]
    await store.commit(attrs.evolve(commit, sequence=2, deliveries=[]))
    assert await counts(database) == [2 * size, 0, size, 2]
    assert (await store.load_memory()).seen == 2 * [(n, -n) for n in range(1, size + 1)]


@pytest.mark.parametrize("size", [1, FEW_ROWS])
async def test_a_sequence_number_of_another_router_is_told(database: Database, size: int) -> None:
    def commit(first: int) -> IngestCommit:
        return commit_of(*map(message, range(first, first + size)), rejections=[])

    await PostgresIngestStore(database, client_id="router").commit(commit(1))
    with pytest.raises(SequenceTaken, match=r"mqtt\.client_id"):
        await PostgresIngestStore(database, client_id="router").commit(commit(1000))
    await PostgresIngestStore(database, client_id="other").commit(commit(2000))
    assert (await counts(database))[0] == 2 * size


@pytest.mark.parametrize("size", [1, FEW_ROWS])
async def test_what_is_refused_and_what_is_delivered_by_being_stored_go_along(
    database: Database, size: int
) -> None:
    """In one round trip or by COPY, what stands in the tables is the same."""
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        route_id = await transaction.fetch_value(
            "INSERT INTO message_routes"
            " (tenant_id, name, topic_filter, destination_type, destination_config)"
            " VALUES ('TENANT1', 'r', '#', 'postgresql', '{}') RETURNING id"
        )
    rejections = [
        Rejection(NOW, "TENANT1", "DEV-001", TOPIC, Reason.BAD_JSON, "no", b"\x00{"),
        Rejection(NOW, None, None, "bad", Reason.BAD_TOPIC, "why", b""),
    ]
    messages = [message(n) for n in range(1, size + 1)]
    gone = route_id + 1
    commit = commit_of(
        *messages,
        rejections=rejections,
        written=[
            Written("TENANT1", m.event_id, route) for m in messages for route in (route_id, gone)
        ],
    )
    store = PostgresIngestStore(database, client_id="router")
    for _ in range(2):
        await store.commit(commit)
        assert await counts(database) == [size, 2, size, 1]
    await store.commit(attrs.evolve(commit, sequence=2, messages=[], deliveries=[]))
    async with database.transaction(Role.OPERATOR) as transaction:
        refused = await transaction.fetch(
            "SELECT received_at, tenant_id, device_id, topic, reason, detail, payload"
            " FROM rejected_messages ORDER BY id"
        )
        totals = await transaction.fetch(
            "SELECT route_id, tenant_id, sum(delivered) FROM route_deltas GROUP BY 1, 2"
        )
    assert [tuple(row) for row in refused] == 2 * [tuple(each) for each in rejections]
    assert [tuple(row) for row in totals] == [(route_id, "TENANT1", 2 * size)]


@pytest.mark.parametrize("size", [2, FEW_ROWS])
async def test_a_refused_value_stores_nothing_and_a_copy_names_its_line(
    database: Database, size: int
) -> None:
    store = PostgresIngestStore(database, client_id="router")
    messages = [
        message(n, metrics='{"a":"\\u0000"}' if n == 2 else "{}") for n in range(1, size + 1)
    ]
    with pytest.raises(DataRefused) as refused:
        await store.commit(commit_of(*messages))
    if size == FEW_ROWS:
        assert (refused.value.relation, refused.value.line) == ("telemetry", 2)
    assert await counts(database) == [0, 0, 0, 0]


async def test_a_poison_row_among_few_costs_itself_only(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
    messages = [message(n, metrics='{"a":"\\u0000"}' if n == 7 else "{}") for n in range(1, 22)]
    stored = await commit_without_poison(store, commit_of(*messages, rejections=[]))
    assert await counts(database) == [20, 1, 20, 1]
    assert [each.detail for each in stored.rejections] == [
        "refused by PostgreSQL with SQLSTATE 22P05"
    ]


async def test_a_poison_row_costs_itself_only(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
    poison = {37: '{"a":"\\u0000"}', 60: '{"a":1e400000}'}
    messages = [message(n, metrics=poison.get(n, "{}")) for n in range(1, 101)]
    stored = await commit_without_poison(store, commit_of(*messages))
    assert await counts(database) == [98, 3, 98, 1]
    assert stored.counts.stored == 98


async def test_each_router_has_a_number_of_its_own_in_all_its_lives(database: Database) -> None:
    numbers: dict[str, int] = {}

    async def start(client_id: str) -> None:
        memory = await PostgresIngestStore(database, client_id=client_id).load_memory()
        assert numbers.setdefault(client_id, memory.node) == memory.node

    for _ in range(2):
        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(start, f"router {number}")
        assert sorted(numbers.values()) == list(range(12))


async def test_a_number_is_given_again_only_when_its_row_is_gone(database: Database) -> None:
    async with database.transaction(Role.INGEST) as transaction:
        await transaction.execute(
            "INSERT INTO ingest_nodes SELECT n, 'router ' || n FROM generate_series(0, 1023) AS n"
        )
    newcomer = PostgresIngestStore(database, client_id="newcomer")
    with pytest.raises(Unavailable, match="delete the rows of routers that are gone"):
        await newcomer.load_memory()
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("DELETE FROM ingest_nodes WHERE client_id = 'router 77'")
    assert (await newcomer.load_memory()).node == 77


async def test_a_refused_piece_leaves_the_others(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
    commit = commit_of(message(1), message(3))
    async with store.in_pieces(commit) as pieces:
        assert pieces is not None
        await pieces.add([message(1)], commit.deliveries[:1])
        with pytest.raises(DataRefused):
            await pieces.add([message(2, metrics='{"a":"\\u0000"}')], [])
        await pieces.add([message(3)], commit.deliveries[1:])
        await pieces.finish(commit)
    assert await counts(database) == [2, 1, 2, 1]
    async with store.in_pieces(commit) as pieces:
        assert pieces is None
    assert await counts(database) == [2, 1, 2, 1]


async def test_pieces_that_are_not_finished_leave_nothing(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")

    async def fail() -> None:
        async with store.in_pieces(commit_of(message(1))) as pieces:
            assert pieces is not None
            await pieces.add([message(1)], [])
            raise DataRefused("too many", sqlstate="54000")

    with pytest.raises(DataRefused):
        await fail()
    assert await counts(database) == [0, 0, 0, 0]


async def test_a_restart_remembers_the_newest_packet_ids_and_no_more(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
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
    memory = await PostgresIngestStore(database, client_id="router").load_memory()
    assert (memory.last_sequence, memory.last_id) == (4, 4)
    assert memory.seen == [(n, s) for s in (3, 4) for n in range(1, block + 1)]
    await store.prune()
    assert await store.load_memory() == memory
    assert await count(database, "ingest_batches") == 2
    figures = await PostgresLedgerStore(database).audit()
    assert [figures.total(name) for name in ("received", "stored", "rejected")] == [8, 4, 4]
    assert figures.tenants["TENANT1"] == {"stored": 4, "queued": 4, "pending": 4}


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
    store = PostgresIngestStore(database, client_id="router")
    await PostgresIngestStore(database, client_id="other").commit(commit_of(message(1)))
    await store.commit(commit_of(message(2), message(3, tenant_id="T1")))
    for sequence in range(2, 302):
        commit = random_commit(chance, sequence)
        await store.commit(commit)
        if sequence % 100 == 0:
            memory, books = await store.load_memory(), await audited(database)
            await store.prune()
            await store.commit(commit)
            assert await store.load_memory() == memory
            assert await audited(database) == books
            assert await count(database, "ingest_batches") <= 120
            assert max(await sizes(database)) < 5 * MERGED_MESSAGES
    with pytest.raises(SequenceTaken):
        await PostgresIngestStore(database, client_id="router").commit(commit_of(sequence=301))


async def test_many_batches_of_one_message_become_few(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
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
    seen = (await store.load_memory()).seen
    await store.prune()
    assert await count(database, "ingest_batches") <= 70_000 / MERGED_MESSAGES + 2
    assert (await store.load_memory()).seen == seen
    received = (await PostgresLedgerStore(database).audit()).total("received")
    assert received == 70_000


async def test_batches_of_qos_0_are_not_kept_for_ever(database: Database) -> None:
    store = PostgresIngestStore(database, client_id="router")
    for sequence in range(1, 11):
        await store.commit(
            commit_of(message(sequence), sequence=sequence, packet_ids=[], digests=[])
        )
    books = await audited(database)
    await store.prune()
    assert await count(database, "ingest_batches") == 1
    assert await audited(database) == books
    assert (await store.load_memory()).last_sequence == 10


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


async def test_enabled_routes_are_compiled_and_broken_ones_reported(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO message_routes
              (tenant_id, name, topic_filter, destination_type, payload_filter, is_enabled)
            VALUES ('T1', 'all', '#', 'webhook', NULL, true),
                   ('T1', 'hot', '#', 'webhook', '{"t": {"$gt": 80}}', true),
                   ('T1', 'broken', '#', 'webhook', '{"t": 1}', true),
                   ('T1', 'off', '#', 'webhook', NULL, false)
            """
        )
    broken: list[str] = []

    def compile_filter(stored: Any) -> Any:
        if stored == {"t": 1}:
            raise ValueError("no such operator")
        return lambda payload: payload["t"] > stored["t"]["$gt"]

    source = PostgresMatchableRoutes(
        database, compile_filter=compile_filter, on_broken=lambda _id, why: broken.append(why)
    )
    everything, hot = await source.load_matchable()
    assert broken == ["no such operator"]
    assert everything.accepts is None
    assert hot.accepts is not None
    assert [hot.accepts({"t": t}) for t in (80, 81)] == [False, True]
