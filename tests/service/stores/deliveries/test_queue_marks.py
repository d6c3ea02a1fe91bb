"""A look from a mark on is as exact as one from the start, whatever commits late or counts anew."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from pulse_router.domain.deliveries import Delivery, DueDeliveries, Reschedule, Settlement
from pulse_router.domain.queue_marks import FROM_THE_START, OVERLAP_SECONDS, QueueMark
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest.ledger import add_to_totals
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import COLUMNS, ask, enqueue, ids, totals
from tests.support.servers.postgres import PostgresForTests

ROUTE = """
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE
SELECT n, 'TENANT1', 'r', '#', 'webhook' FROM generate_series(1, 2) AS n
"""


async def copy(transaction: Transaction, *deliveries: Delivery) -> None:
    rows = [tuple(getattr(delivery, name) for name in COLUMNS) for delivery in deliveries]
    await transaction.copy("route_deliveries", COLUMNS, rows)


def mark_of(found: DueDeliveries) -> QueueMark:
    assert found.mark is not None
    return found.mark


@pytest.fixture
def store(database: Database) -> PostgresDeliveryStore:
    return PostgresDeliveryStore(database)


@pytest.mark.parametrize("in_order", [False, True])
async def test_what_commits_after_a_look_has_passed_it_is_found(
    database: Database, store: PostgresDeliveryStore, *, in_order: bool
) -> None:
    async with database.transaction(Role.INGEST) as late:
        await copy(late, make_delivery(1))
        await enqueue(database, make_delivery(2))
        first = await store.due(1, exclude=[], limit=10, in_order=in_order)
        assert ids(first.deliveries) == [2]
        mark = mark_of(first)
        again = await store.due(1, exclude=[], limit=10, in_order=in_order, since=mark)
        assert ids(again.deliveries) == []
    found = await store.due(1, exclude=[], limit=10, in_order=in_order, since=mark)
    assert ids(found.deliveries) == [1]
    found = await store.due(1, exclude=[], limit=10, in_order=in_order, since=mark_of(again))
    assert ids(found.deliveries) == [1]
    assert mark_of(found).in_doubt == []
    found = await store.due(1, exclude=[], limit=10, in_order=in_order, since=mark_of(found))
    assert ids(found.deliveries) == []


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_looks_of_any_size_see_each_once(
    database: Database, store: PostgresDeliveryStore, limit: int, *, in_order: bool
) -> None:
    async with database.transaction(Role.INGEST) as late:
        await copy(late, make_delivery(1), make_delivery(2), make_delivery(3))
        for first in (10, 20, 30):
            await enqueue(database, *map(make_delivery, range(first, first + 4)))
        seen, mark = await look_through(store, limit, FROM_THE_START, in_order=in_order)
        assert sorted(seen) == [*range(10, 14), *range(20, 24), *range(30, 34)]
    seen, _ = await look_through(store, limit, mark, in_order=in_order)
    assert sorted(seen) == [1, 2, 3]


async def look_through(
    store: PostgresDeliveryStore, limit: int, mark: QueueMark, *, in_order: bool
) -> tuple[Sequence[int], QueueMark]:
    """Look until nothing more comes, holding all that came."""
    seen: list[int] = []
    while True:
        found = await store.due(1, exclude=seen, limit=limit, in_order=in_order, since=mark)
        mark = mark_of(found)
        assert not set(seen) & set(ids(found.deliveries))
        if not found.deliveries:
            return seen, mark
        seen += ids(found.deliveries)


async def test_what_does_not_fit_any_more_is_found_by_the_next_look(
    database: Database, store: PostgresDeliveryStore
) -> None:
    await enqueue(database, *(make_delivery(n, payload='"' + "x" * 5000 + '"') for n in (1, 2, 3)))
    mark = FROM_THE_START
    for number in (1, 2, 3):
        found = await store.due(1, exclude=[], limit=10, max_bytes=100, since=mark)
        assert ids(found.deliveries) == [number]
        mark = mark_of(found)


async def test_a_retry_is_found_when_it_is_due_again(
    database: Database, store: PostgresDeliveryStore
) -> None:
    await enqueue(database, make_delivery(1))
    mark = mark_of(await store.due(1, exclude=[], limit=10))
    await store.settle(Settlement(rescheduled=[Reschedule(1, 1, 0.0, "HTTP 500")]))
    found = await store.due(1, exclude=[], limit=10, since=mark)
    assert ids(found.deliveries) == [1]
    later = attrs.evolve(mark, retried_to=mark.now + OVERLAP_SECONDS + 1)
    found = await store.due(1, exclude=[], limit=10, since=later)
    assert ids(found.deliveries) == [1], "a mark that lies ahead of the clock does not count"


async def test_a_mark_of_another_server_counts_for_nothing(
    database: Database, store: PostgresDeliveryStore
) -> None:
    await enqueue(database, make_delivery(1))
    mark = mark_of(await store.due(1, exclude=[], limit=10))
    assert ids((await store.due(1, exclude=[], limit=10, since=mark)).deliveries) == []
    foreign = attrs.evolve(mark, server="another")
    assert ids((await store.due(1, exclude=[], limit=10, since=foreign)).deliveries) == [1]


async def test_rows_of_a_restored_backup_keep_no_new_one_from_being_found(
    database: Database,
    store: PostgresDeliveryStore,
    postgres_server: PostgresForTests,
    database_name: str,
) -> None:
    await enqueue(database, make_delivery(1))
    postgres_server.psql(database_name, "UPDATE route_deliveries SET entered = '9999999999'")
    found = await store.due(1, exclude=[], limit=1)
    assert ids(found.deliveries) == [1]
    await enqueue(database, make_delivery(2))
    found = await store.due(1, exclude=[1], limit=1, since=mark_of(found))
    assert ids(found.deliveries) == [2]


async def test_routes_with_new_work_are_found_though_it_commits_late(
    database: Database,
    store: PostgresDeliveryStore,
    postgres_server: PostgresForTests,
    database_name: str,
) -> None:
    postgres_server.psql(database_name, ROUTE)
    async with database.transaction(Role.INGEST) as late:
        await copy(late, make_delivery(1, route_id=1))
        await enqueue(database, make_delivery(2, route_id=2))
        work = await store.routes_with_work()
        assert list(work.route_ids) == [2]
        work = await store.routes_with_work(work.mark)
        assert list(work.route_ids) == []
    work = await store.routes_with_work(work.mark)
    assert list(work.route_ids) == [1]
    assert list((await store.routes_with_work(work.mark)).route_ids) == []
    assert work.mark is not None
    foreign = attrs.evolve(work.mark, server="another")
    assert sorted((await store.routes_with_work(foreign)).route_ids) == [1, 2]


async def test_what_is_added_is_merged_once_though_it_commits_late(
    database: Database, store: PostgresDeliveryStore
) -> None:
    async def add(transaction: Transaction, value: int) -> None:
        await add_to_totals(transaction, {("TENANT1", "buried"): value})

    async with database.transaction(Role.OPERATOR) as late:
        await add(late, 1)
        async with database.transaction(Role.OPERATOR) as early:
            await add(early, 10)
        for _ in range(2):
            await merge_deltas(database, Role.OPERATOR)
            assert await merged(database) == 10
    assert await totals(database) == {"buried": 11}
    assert await store.queue_depth() == 0
    for _ in range(2):
        await merge_deltas(database, Role.INGEST)
        assert await merged(database) == 11
    assert await ask(database, "SELECT 1 FROM ledger_deltas") == []


async def merged(database: Database) -> int:
    [row] = await ask(database, "SELECT value FROM ledger_sums WHERE name = 'buried'")
    return int(row["value"])


async def test_the_mark_of_a_restored_backup_hides_nothing_that_was_added(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(database_name, "UPDATE delta_marks SET entered = '9999999999'")
    async with database.transaction(Role.OPERATOR) as transaction:
        await add_to_totals(transaction, {("TENANT1", "buried"): 3})
    await merge_deltas(database, Role.OPERATOR)
    assert await merged(database) == 3
