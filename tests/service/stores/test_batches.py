"""The ingest store on a real PostgreSQL: all or nothing, once, and refusals that name the line."""

from __future__ import annotations

import attrs
import pytest
import trio

from pulse_router.domain.errors import LifeOver, Unavailable
from pulse_router.domain.messages import IngestCommit, Reason, Rejection, Written
from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.batches import FEW_ROWS
from pulse_router.stores.roles import Role
from tests.support.ingest.commits import NOW, TOPIC, commit_of, counts, message
from tests.support.ingest.lives import begun, store_of


async def test_a_batch_is_stored_whole_and_only_once(database: Database) -> None:
    store = await begun(database)
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
    store = await begun(database)
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
    assert [tuple(row)[:8] for row in queued] == [tuple(each)[:8] for each in commit.deliveries]
    await store.commit(attrs.evolve(commit, sequence=2, deliveries=[]))
    assert await counts(database) == [2 * size, 0, size, 2]
    assert (await store.begin()).seen == 2 * [(n, -n) for n in range(1, size + 1)]


@pytest.mark.parametrize("size", [1, FEW_ROWS])
async def test_a_sequence_number_of_another_router_is_told(database: Database, size: int) -> None:
    def commit(first: int) -> IngestCommit:
        return commit_of(*map(message, range(first, first + size)), rejections=[])

    await (await begun(database, "router")).commit(commit(1))
    with pytest.raises(LifeOver, match=r"mqtt\.client_id"):
        await (await begun(database, "router")).commit(commit(1000))
    await (await begun(database, "other")).commit(commit(2000))
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
    store = await begun(database)
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


async def test_each_router_has_a_number_of_its_own_in_all_its_lives(database: Database) -> None:
    numbers: dict[str, int] = {}

    async def start(client_id: str) -> None:
        memory = await store_of(database, client_id).begin()
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
    newcomer = store_of(database, "newcomer")
    with pytest.raises(Unavailable, match="delete the rows of routers that are gone"):
        await newcomer.begin()
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("DELETE FROM ingest_nodes WHERE client_id = 'router 77'")
    assert (await newcomer.begin()).node == 77
