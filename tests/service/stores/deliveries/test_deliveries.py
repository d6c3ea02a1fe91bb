"""The durable queue against a real PostgreSQL: what is due, how it ends, and that it stays fast."""

from __future__ import annotations

import json

import attrs
import pytest

from pulse_router.domain.dead_letters.selection import DeadLetterFilter
from pulse_router.domain.deliveries import (
    ROW_BYTES,
    AttemptRecord,
    Burial,
    Delivery,
    Reschedule,
    Settlement,
)
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.runtime.pages import Wanted
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.delivery.deliveries import NOON, make_delivery, make_route
from tests.support.delivery.queue import ask, enqueue, ids, pending_ids, totals
from tests.support.servers.postgres import PostgresForTests

pytestmark = pytest.mark.usefixtures("matches_balance")


def burial(delivery: Delivery, error: str = "HTTP 404") -> Burial:
    return Burial(delivery, 3, "webhook", {"url": "http://localhost/hook"}, error)


async def test_what_is_due_comes_whole_and_in_order(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    payload = '{"b":1,  "a":"\\u00fc", "n":1.10}'
    deliveries = [make_delivery(number, payload=payload, trace="a b") for number in range(1, 6)]
    await enqueue(database, *deliveries, make_delivery(9, route_id=2))
    found = await store.due(1, exclude=[2], limit=10)
    assert list(found.deliveries) == [deliveries[0], *deliveries[2:]]
    assert found.next_due_after_seconds is None


async def test_a_full_window_says_that_there_may_be_more(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 6)))
    found = await store.due(1, exclude=[], limit=3)
    assert (ids(found.deliveries), found.next_due_after_seconds) == ([1, 2, 3], 0)
    found = await store.due(1, exclude=[1, 2, 3], limit=3)
    assert (ids(found.deliveries), found.next_due_after_seconds) == ([4, 5], None)


async def test_a_window_holds_no_more_bytes_than_there_is_room_for(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    payload = json.dumps({"text": "\u00fc" * 10_000}, ensure_ascii=False)
    weight = len(payload.encode()) + ROW_BYTES
    await enqueue(database, *(make_delivery(number, payload=payload) for number in range(1, 9)))
    for in_order in (False, True):
        for room, expected in ((3 * weight, 3), (3 * weight - 1, 2), (0, 1)):
            found = await store.due(1, exclude=[], limit=5, max_bytes=room, in_order=in_order)
            assert (len(found.deliveries), found.next_due_after_seconds) == (expected, 0)


async def test_an_ordered_window_ends_before_the_first_that_is_not_due(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 8)))

    async def look(*exclude: int, limit: int = 10) -> tuple[list[int], float | None]:
        found = await store.due(1, exclude=exclude, limit=limit, in_order=True)
        after = found.next_due_after_seconds
        return ids(found.deliveries), None if after is None else round(after, -1)

    assert await look() == ([1, 2, 3, 4, 5, 6, 7], None)
    assert await look(limit=3) == ([1, 2, 3], 0)
    await store.settle(Settlement(rescheduled=[Reschedule(4, 1, 100.0, "x")]))
    assert await look() == ([1, 2, 3], 100)
    assert await look(4) == ([1, 2, 3, 5, 6, 7], None), "what is in hand is the caller's to know"
    await store.settle(Settlement(delivered=[1, 2, 3]))
    assert await look() == ([], 100)
    # Once it is due again it comes first, though the others have been due for longer.
    await store.settle(Settlement(rescheduled=[Reschedule(4, 2, 0.0, "x")]))
    assert await look(limit=2) == ([4, 5], 0)
    assert ids((await store.due(1, exclude=[], limit=2)).deliveries) == [5, 6]


async def test_a_rescheduled_delivery_is_due_later_with_its_attempts(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1), make_delivery(2))
    await store.settle(
        Settlement(rescheduled=[Reschedule(1, 1, 60.0, "HTTP 503"), Reschedule(2, 1, 0.0, "x")])
    )
    found = await store.due(1, exclude=[], limit=10)
    assert [(delivery.id, delivery.attempts) for delivery in found.deliveries] == [(2, 1)]
    assert found.next_due_after_seconds == pytest.approx(60, abs=5)
    (row,) = await ask(database, "SELECT last_error FROM route_deliveries WHERE id = 1")
    assert row["last_error"] == "HTTP 503"


async def test_routes_with_work_are_found_due_or_not(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    assert (await store.routes_with_work()).route_ids == []
    await enqueue(database, *(make_delivery(n, route_id=n % 4) for n in range(1, 20)))
    await store.settle(
        Settlement(delivered=[4, 8, 12, 16], rescheduled=[Reschedule(n, 1, 99, "") for n in (1, 5)])
    )
    assert sorted((await store.routes_with_work()).route_ids) == [1, 2, 3]


async def test_a_settlement_writes_every_kind_of_end_and_the_ledger(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 6)))
    settlement = Settlement(
        delivered=[1, 2],
        rescheduled=[Reschedule(3, 1, 5.0, "HTTP 500")],
        buried=[burial(make_delivery(4), "HTTP 404 \u00fc")],
    )
    await store.settle(settlement)
    assert await pending_ids(database) == [3, 5]
    assert await totals(database) == {"delivered": 2, "buried": 1}
    (letter,) = await ask(database, "SELECT * FROM dead_letter_messages")
    assert json.loads(letter["destination_config"]) == {"url": "http://localhost/hook"}
    assert {
        name: letter[name]
        for name in ("delivery_id", "tenant_id", "route_id", "status", "attempts", "error_message")
    } == {
        "delivery_id": 4,
        "tenant_id": "TENANT1",
        "route_id": 1,
        "status": "FAILED",
        "attempts": 3,
        "error_message": "HTTP 404 \u00fc",
    }
    assert letter["payload"] == make_delivery(4).payload


async def test_settling_twice_changes_nothing_more(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 4)))
    settlement = Settlement(
        delivered=[1], rescheduled=[Reschedule(2, 1, 60.0, "x")], buried=[burial(make_delivery(3))]
    )
    await store.settle(settlement)
    before = await ask(database, "SELECT * FROM route_deliveries")
    await store.settle(settlement)
    assert await ask(database, "SELECT * FROM route_deliveries") == before
    assert await totals(database) == {"delivered": 1, "buried": 1}
    assert len(await ask(database, "SELECT 1 FROM dead_letter_messages")) == 1


async def test_the_totals_grow(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 7)))
    await store.settle(Settlement(delivered=[1, 2]))
    await store.settle(Settlement(delivered=[3, 4, 5], buried=[burial(make_delivery(6))]))
    assert await totals(database) == {"delivered": 5, "buried": 1}


async def test_a_route_whose_endpoint_is_gone_is_disabled(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type)"
        " VALUES ('TENANT1', 'one', '#', 'webhook'), ('TENANT1', 'two', '#', 'webhook')",
    )
    await PostgresDeliveryStore(database).settle(Settlement(disabled_routes=[1]))
    rows = await ask(database, "SELECT * FROM message_routes ORDER BY id")
    assert [row["is_enabled"] for row in rows] == [False, True]
    assert [row["disabled_reason"] for row in rows] == ["the endpoint answered 410 Gone", None]
    route_store = PostgresRouteStore(database, Sealer())
    enabled = await route_store.change_route("TENANT1", 1, enable)
    assert enabled is not None
    assert (enabled.is_enabled, enabled.disabled_reason) == (True, None)


def enable(route: Route) -> RouteDraft:
    names = [field.name for field in attrs.fields(RouteDraft)]
    kept = {name: getattr(route, name) for name in names if hasattr(route, name)}
    return RouteDraft(**kept | {"is_enabled": True})


def record(number: int) -> AttemptRecord:
    return AttemptRecord(NOON, 500 + number, 0.25, f"HTTP {500 + number}", "s\u00fcper")


async def test_the_last_ten_attempts_are_remembered_and_follow_into_the_dead_letters(
    database: Database,
) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1), make_delivery(2))
    for number in range(1, 13):
        await store.settle(
            Settlement(rescheduled=[Reschedule(1, number, 0.0, "HTTP 500", record(number))])
        )
    (row,) = await ask(database, "SELECT history FROM route_deliveries WHERE id = 1")
    assert [item["status"] for item in json.loads(row["history"])] == list(range(503, 513))
    await store.settle(
        Settlement(
            buried=[
                Burial(make_delivery(1), 13, "webhook", {}, "HTTP 404", record(13)),
                Burial(make_delivery(2), 1, "webhook", {}, "HTTP 404", record(1)),
            ]
        )
    )
    page = await PostgresDeadLetterStore(database).list_dead_letters(
        "TENANT1", asked=DeadLetterFilter(), wanted=Wanted(limit=10)
    )
    long, short = sorted(page.items, key=lambda letter: letter.delivery_id)
    assert list(long.history) == [record(number) for number in range(4, 14)]
    assert list(short.history) == [record(1)]


async def test_what_is_settled_twice_is_remembered_once(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1))
    for _ in range(2):
        await store.settle(Settlement(rescheduled=[Reschedule(1, 1, 0.0, "x", record(1))]))
    (row,) = await ask(database, "SELECT history FROM route_deliveries")
    assert len(json.loads(row["history"])) == 1


async def test_the_pending_of_a_deleted_route_moves_in_pieces(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, *map(make_delivery, range(1, 8)), make_delivery(9, route_id=2))
    route = make_route(1, url="http://example.com/?token=hush", headers={"X-Key": "hush"})
    assert await store.bury_route(1, route, limit=5) == 5
    assert await store.bury_route(1, None, limit=5) == 2
    assert await store.bury_route(1, None, limit=5) == 0
    assert await pending_ids(database) == [9]
    letters = await ask(database, "SELECT * FROM dead_letter_messages")
    assert {letter["error_message"] for letter in letters} == {"route was deleted"}
    assert {letter["destination_type"] for letter in letters} == {DestinationType.WEBHOOK}
    assert "hush" not in str(letters)
    assert await totals(database) == {"buried": 7}
