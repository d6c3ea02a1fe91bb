"""Marks that were written down: a first look from them on finds all that has not ended."""

from __future__ import annotations

from collections.abc import Collection

import attrs
import pytest

from pulse_router.domain.deliveries import Delivery, Reschedule, Settlement
from pulse_router.domain.queue_marks import FROM_THE_VERY_START, QueueMark
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import COLUMNS, ask, enqueue, ids

LIMIT = 100


async def copy(transaction: Transaction, *deliveries: Delivery) -> None:
    rows = [tuple(getattr(delivery, name) for name in COLUMNS) for delivery in deliveries]
    await transaction.copy("route_deliveries", COLUMNS, rows)


async def mark_of(store: PostgresDeliveryStore, route_id: int) -> QueueMark:
    """Look at a route, end all of it, and tell up to where that was."""
    found = await store.due(route_id, exclude=[], limit=LIMIT)
    assert found.mark is not None
    await store.settle(Settlement(delivered=ids(found.deliveries)))
    return found.mark


async def find(database: Database) -> tuple[Collection[int], dict[int, list[int]]]:
    """Be a router that begins: find the routes with work, and look at them."""
    store = PostgresDeliveryStore(database)
    found = sorted((await store.routes_with_work()).route_ids)
    return found, {
        number: sorted(ids((await store.due(number, exclude=[], limit=LIMIT)).deliveries))
        for number in found
    }


@pytest.fixture
def store(database: Database) -> PostgresDeliveryStore:
    return PostgresDeliveryStore(database)


async def test_what_commits_late_is_found_by_whoever_begins_at_the_mark(
    database: Database, store: PostgresDeliveryStore
) -> None:
    async with database.transaction(Role.INGEST) as late:
        await copy(late, make_delivery(1))
        await enqueue(database, make_delivery(2))
        await store.keep_marks({1: await mark_of(store, 1)})
        assert await find(database) == ([], {})
    assert await find(database) == ([1], {1: [1]})


async def test_what_comes_after_the_mark_is_found_and_what_has_failed_wherever_it_is(
    database: Database, store: PostgresDeliveryStore
) -> None:
    await enqueue(database, *map(make_delivery, (1, 2)))
    found = await store.due(1, exclude=[], limit=LIMIT)
    assert found.mark is not None
    await store.settle(Settlement(delivered=[1], rescheduled=[Reschedule(2, 1, 0.0, "HTTP 500")]))
    await store.keep_marks({1: found.mark})
    await enqueue(database, make_delivery(3))
    assert await find(database) == ([1], {1: [2, 3]})


async def test_routes_without_a_mark_are_found_between_those_that_have_one(
    database: Database, store: PostgresDeliveryStore
) -> None:
    for number in (1, 3, 4, 9):
        await enqueue(database, make_delivery(number, route_id=number))
        await store.keep_marks({number: await mark_of(store, number)})
    others = [-7, 0, 2, 5, 6, 8, 10, 2**62]
    await enqueue(
        database, *(make_delivery(100 + n, route_id=at) for n, at in enumerate((*others, 3)))
    )
    found, _ = await find(database)
    assert list(found) == sorted({*others, 3})


async def test_a_mark_of_another_server_hides_nothing(
    database: Database, store: PostgresDeliveryStore
) -> None:
    await enqueue(database, make_delivery(1))
    mark = await mark_of(store, 1)
    await enqueue(database, make_delivery(2))
    ahead = attrs.evolve(mark, entered=2**60)
    await store.keep_marks({1: attrs.evolve(ahead, server="another")})
    assert await find(database) == ([1], {1: [2]})


async def test_a_thorough_search_and_look_begin_before_the_mark(
    database: Database, store: PostgresDeliveryStore
) -> None:
    """Rows that somebody has put in by hand bear any number."""
    await enqueue(database, make_delivery(1))
    await store.keep_marks({1: await mark_of(store, 1)})
    async with database.transaction(Role.INGEST) as transaction:
        await copy(transaction, make_delivery(2))
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("UPDATE route_deliveries SET entered = '3'")
    assert await find(database) == ([], {})
    assert list((await store.routes_with_work(thoroughly=True)).route_ids) == [1]
    found = await store.due(1, exclude=[], limit=LIMIT, since=FROM_THE_VERY_START)
    assert ids(found.deliveries) == [2]


async def test_a_thorough_look_that_takes_too_long_is_made_from_the_mark(
    database: Database,
) -> None:
    hasty = PostgresDeliveryStore(database, thorough_seconds=0.000_001)
    await enqueue(database, make_delivery(1))
    await hasty.keep_marks({1: await mark_of(hasty, 1)})
    await enqueue(database, make_delivery(2))
    found = await hasty.due(1, exclude=[], limit=LIMIT, since=FROM_THE_VERY_START)
    assert ids(found.deliveries) == [2]


async def test_each_mark_takes_the_place_of_the_one_before(
    database: Database, store: PostgresDeliveryStore
) -> None:
    for number in range(1, 4):
        await enqueue(database, make_delivery(number))
        await store.keep_marks({1: await mark_of(store, 1)})
    assert len(await ask(database, "SELECT 1 FROM route_marks")) == 1


async def test_what_commits_late_for_a_deleted_route_is_buried_too(
    database: Database, store: PostgresDeliveryStore
) -> None:
    async with database.transaction(Role.INGEST) as late:
        await copy(late, make_delivery(1))
        await enqueue(database, *map(make_delivery, range(2, 9)))
        await store.settle(Settlement(rescheduled=[Reschedule(8, 1, 3600.0, "HTTP 500")]))
        assert [await store.bury_route(1, None, limit=3) for _ in range(2)] == [3, 3]
    await enqueue(database, make_delivery(9))
    other = PostgresDeliveryStore(database)  # another router goes on with it
    await other.routes_with_work()
    assert [await other.bury_route(1, None, limit=3) for _ in range(2)] == [3, 0]
    letters = await ask(database, "SELECT delivery_id FROM dead_letter_messages ORDER BY 1")
    assert [letter["delivery_id"] for letter in letters] == list(range(1, 10))
