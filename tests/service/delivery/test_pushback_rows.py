"""What was pushed back, in the table: not spent, remembered over restarts, and told shortly."""

from __future__ import annotations

import itertools
import json
import math

from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.deliveries import AttemptRecord, Reschedule, Settlement
from pulse_router.postgres.database import Database
from pulse_router.runtime.pages import Wanted
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.pending import PostgresPendingStore
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import NOON, make_delivery
from tests.support.delivery.queue import ask, enqueue
from tests.support.servers.postgres import PostgresForTests


def again(attempts: int, pushbacks: int, *, is_pushed_back: bool, after: float = 0.0) -> Reschedule:
    status = 429 if is_pushed_back else 500
    return Reschedule(
        1,
        attempts,
        after,
        f"HTTP {status}",
        AttemptRecord(NOON, status, 0.1, "x", "", pushbacks if is_pushed_back else 0),
        pushbacks=pushbacks,
        pushback_seconds=60.0 * pushbacks,
        is_pushed_back=is_pushed_back,
    )


async def settle(store: PostgresDeliveryStore, *rescheduled: Reschedule) -> None:
    for each in rescheduled:
        await store.settle(Settlement(rescheduled=[each]))


async def test_what_was_pushed_back_is_found_again_with_its_count(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1), make_delivery(2))
    await settle(store, again(1, 1, is_pushed_back=True), again(2, 1, is_pushed_back=False))
    await settle(store, again(3, 2, is_pushed_back=True))
    for in_order in (False, True):
        found = await store.due(1, exclude=[], limit=10, in_order=in_order)
        pushed, other = sorted(found.deliveries, key=lambda delivery: delivery.id)
        assert (pushed.attempts, pushed.spent, pushed.pushback_seconds) == (3, 1, 120.0)
        assert (other.attempts, other.spent, other.pushback_seconds) == (0, 0, 0.0)
    shown = await PostgresPendingStore(database).list_pending("TENANT1", 1, limit=5, offset=0)
    pending = {delivery.id: delivery for delivery in shown.deliveries}
    assert (pending[1].attempts, pending[1].pushbacks) == (1, 2)
    assert (pending[2].attempts, pending[2].pushbacks) == (0, 0)


async def test_what_was_pushed_back_is_not_due_before_its_time(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1))
    await settle(store, again(1, 1, is_pushed_back=True, after=600.0))
    found = await store.due(1, exclude=[], limit=10)
    assert found.deliveries == []
    assert found.next_due_after_seconds is not None
    assert 590 < found.next_due_after_seconds <= 600


async def test_the_history_tells_the_newest_push_back_of_a_row_of_them(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1))
    await settle(store, again(1, 0, is_pushed_back=False))
    await settle(store, *(again(1 + n, n, is_pushed_back=True) for n in range(1, 40)))
    await settle(store, again(41, 39, is_pushed_back=False))
    await settle(store, again(42, 40, is_pushed_back=True))
    (row,) = await ask(database, "SELECT history FROM route_deliveries")
    told = [(record["status"], record["pushbacks"]) for record in json.loads(row["history"])]
    assert told == [(500, 0), (429, 39), (500, 0), (429, 40)]


async def test_what_another_version_remembers_is_no_push_back(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    old = '[{"at": "2026-02-16T12:00:00Z", "status": 429, "duration_seconds": 1, "error": "x"}]'
    for history in (old, '["x"]', "[null]", "[]", "{}"):
        await enqueue(database, make_delivery(1))
        async with database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute("UPDATE route_deliveries SET history = $1::jsonb", history)
        await settle(store, again(1, 1, is_pushed_back=True))
        (row,) = await ask(database, "SELECT history FROM route_deliveries")
        assert json.loads(row["history"])[-1]["pushbacks"] == 1
        await store.settle(Settlement(delivered=[1]))


async def test_what_was_pushed_back_is_told_of_its_route_and_is_no_failed_attempt(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type)"
        " VALUES ('TENANT1', 'one', '#', 'webhook')",
    )
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1))
    await settle(store, again(1, 1, is_pushed_back=True), again(2, 1, is_pushed_back=False))
    await settle(store, again(3, 2, is_pushed_back=True))
    rows = await ask(database, "SELECT sum(failed)::int AS failed FROM route_deltas")
    assert rows == [{"failed": 1}]
    errors = await ask(database, "SELECT last_error FROM route_deltas ORDER BY last_error")
    assert [row["last_error"] for row in errors] == ["HTTP 429", "HTTP 429", "HTTP 500"]


async def test_a_dead_letter_of_a_deleted_route_counts_what_was_spent(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1))
    await settle(store, again(1, 1, is_pushed_back=True), again(2, 1, is_pushed_back=False))
    assert await store.bury_route(1, None, limit=5) == 1
    letters = await PostgresDeadLetterStore(database).list_dead_letters(
        "TENANT1", asked=DeadLetterFilter(), wanted=Wanted(limit=10)
    )
    assert [letter.attempts for letter in letters.items] == [1]


async def test_whatever_stands_in_a_row_it_is_read_and_buried(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    edges = (None, -(2**31), 0, 2, 5, 2**31 - 1)
    seconds = itertools.cycle((None, -1.0, math.nan, math.inf, 1e308))
    rows = dict(enumerate(itertools.product((0, 3, 2**31 - 1), edges), start=1))
    await enqueue(database, *map(make_delivery, rows))
    async with database.transaction(Role.OPERATOR) as transaction:
        for number, (attempts, pushbacks) in rows.items():
            await transaction.execute(
                "UPDATE route_deliveries SET attempts = $2, pushbacks = $3, pushback_seconds = $4"
                " WHERE id = $1",
                number,
                attempts,
                pushbacks,
                next(seconds),
            )
    found = (await store.due(1, exclude=[], limit=100)).deliveries
    assert {delivery.id for delivery in found} == set(rows)
    spent = {number: of - max(0, min(less or 0, of)) for number, (of, less) in rows.items()}
    assert {delivery.id: delivery.spent for delivery in found} == spent
    assert all(0 <= delivery.pushback_seconds < math.inf for delivery in found)
    shown = await PostgresPendingStore(database).list_pending("TENANT1", 1, limit=100, offset=0)
    assert {delivery.id: delivery.attempts for delivery in shown.deliveries} == spent
    await store.bury_route(1, None, limit=100)
    letters = await ask(database, "SELECT delivery_id, attempts FROM dead_letter_messages")
    assert {row["delivery_id"]: row["attempts"] for row in letters} == spent
