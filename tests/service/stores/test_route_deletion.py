"""Deleting a route that has work: in pieces, so that nobody who settles waits for all of it."""

from __future__ import annotations

import pytest
import trio

from pulse_router.domain.deliveries import Settlement
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import routes as route_store
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import ask, enqueue, pending_ids, totals

pytestmark = pytest.mark.usefixtures("matches_balance")

PIECE = 5
PENDING = range(1, 13)
BURY_SECOND = """
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts)
VALUES (2, 'TENANT1', 1, 'D', 1, now(), 't', '{}', 'webhook', '{}', 'x', 1)
"""
CONFIG = {"topic": "tenant/{tenant_id}/copy"}


@pytest.fixture
def routes(database: Database, monkeypatch: pytest.MonkeyPatch) -> PostgresRouteStore:
    monkeypatch.setattr(route_store, "BURIED_AT_ONCE", PIECE)
    return PostgresRouteStore(database, Sealer())


async def create(database: Database, routes: PostgresRouteStore) -> Route:
    draft = RouteDraft("r", "#", DestinationType.MQTT_REPUBLISH, CONFIG, None, True)
    route = await routes.create_route("TENANT1", draft)
    await enqueue(database, *(make_delivery(number, route_id=route.id) for number in PENDING))
    return route


async def test_all_that_is_pending_moves_with_what_the_route_was(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    await enqueue(database, make_delivery(99, route_id=route.id + 1))
    assert await routes.delete_route("TENANT1", route.id)
    letters = await ask(database, "SELECT * FROM dead_letter_messages ORDER BY delivery_id")
    assert [letter["delivery_id"] for letter in letters] == list(PENDING)
    assert {letter["destination_type"] for letter in letters} == {"mqtt_republish"}
    assert {letter["error_message"] for letter in letters} == {"route was deleted"}
    assert await pending_ids(database) == [99]
    assert await totals(database) == {"buried": len(PENDING)}


async def test_who_settles_something_else_does_not_wait_for_the_whole_of_it(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    await PostgresDeliveryStore(database).settle(Settlement(delivered=[PENDING[0]]))
    # Of the first piece one cannot be buried yet, so it cannot commit either.
    async with trio.open_nursery() as nursery, database.transaction(Role.OPERATOR) as burying:
        await burying.execute(BURY_SECOND)
        nursery.start_soon(routes.delete_route, "TENANT1", route.id)
        moving = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"
        with trio.fail_after(30):
            while (await ask(database, moving))[0]["n"] == 0:  # noqa: ASYNC110 - a lock tells nobody
                await trio.sleep(0.01)
            last = PENDING[-1]
            await PostgresDeliveryStore(database).settle(Settlement(delivered=[last]))
        assert await ask(database, "SELECT 1 FROM message_routes") == [], "it matches no more"
        await burying.execute("DELETE FROM dead_letter_messages")
    assert await pending_ids(database) == []
    assert await ask(database, "SELECT 1 FROM route_totals") == [], "nor is it counted"
    assert await totals(database) == {"delivered": 2, "buried": len(PENDING) - 2}


async def test_it_waits_for_nothing_that_is_being_settled_and_leaves_that_to_delivery(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    async with database.transaction(Role.OPERATOR) as settling:
        await settling.execute("SELECT FROM route_deliveries WHERE id = 3 FOR UPDATE")
        with trio.fail_after(30):
            assert await routes.delete_route("TENANT1", route.id)
    assert await pending_ids(database) == [3]
    assert await PostgresDeliveryStore(database).bury_route(route.id, route, limit=10) == 1
    assert await totals(database) == {"buried": len(PENDING)}
