"""Deleting a route that has work: who holds its lane buries that, but nothing that is under way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Delivery, Outcome, Settlement
from pulse_router.domain.leases import LeaseLost, partition_of
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.destinations import DELIVERED
from tests.support.delivery.queue import ask, enqueue, pending_ids, totals
from tests.support.delivery.routers import leases_of, take_over, wait_until_empty
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("matches_balance")

PENDING = range(1, 13)
UNDER_WAY = 1
CONFIG = {"topic": "tenant/{tenant_id}/copy", "max_in_flight": UNDER_WAY}


@attrs.define
class SlowDestination:
    """Takes everything, once it is told to go on."""

    may_go_on: trio.Event = attrs.field(factory=trio.Event)
    attempted: list[int] = attrs.field(factory=list)

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:  # noqa: ARG002 - the port's signature
        self.attempted.append(delivery.id)
        await self.may_go_on.wait()
        return DELIVERED


@pytest.fixture
def routes(database: Database) -> PostgresRouteStore:
    return PostgresRouteStore(database, Sealer())


async def create(database: Database, routes: PostgresRouteStore) -> Route:
    draft = RouteDraft("r", "#", DestinationType.MQTT_REPUBLISH, CONFIG, None, True)
    route = await routes.create_route("TENANT1", draft)
    await enqueue(database, *(make_delivery(number, route_id=route.id) for number in PENDING))
    return route


@asynccontextmanager
async def delivering(
    database: Database, routes: PostgresRouteStore, destination: SlowDestination
) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(
        PostgresDeliveryStore(database),
        routes,
        {DestinationType.MQTT_REPUBLISH: destination},
        leases=PostgresLeaseStore(database, "one"),
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(dispatcher.run)
        yield dispatcher
        dispatcher.drain()


async def test_what_is_under_way_ends_by_its_own_outcome_and_all_else_is_buried(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    destination = SlowDestination()
    async with delivering(database, routes, destination) as dispatcher:
        await wait_until(lambda: len(destination.attempted) == UNDER_WAY)
        assert await routes.delete_route("TENANT1", route.id)
        await dispatcher.reload_routes()
        dispatcher.routes_changed()
        await trio.sleep(0.5)  # time enough for what must not happen
        assert len(await pending_ids(database)) == len(PENDING)
        destination.may_go_on.set()
        await wait_until_empty(database)
    letters = await ask(database, "SELECT * FROM dead_letter_messages ORDER BY delivery_id")
    assert len(destination.attempted) == UNDER_WAY
    assert {letter["delivery_id"] for letter in letters} == set(PENDING) - set(
        destination.attempted
    )
    assert {letter["destination_type"] for letter in letters} == {"mqtt_republish"}
    assert {letter["error_message"] for letter in letters} == {"route was deleted"}
    assert await totals(database) == {"delivered": UNDER_WAY, "buried": len(PENDING) - UNDER_WAY}


async def test_what_a_paused_route_has_pending_is_buried_with_what_the_route_was(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    await routes.change_route(
        "TENANT1", route.id, lambda before: attrs.evolve(RouteDraft.of(before), is_enabled=False)
    )
    async with delivering(database, routes, SlowDestination()) as dispatcher:
        await wait_until(lambda: dispatcher._book.last_known(route.id) is not None)
        await routes.delete_route("TENANT1", route.id)
        await dispatcher.reload_routes()
        dispatcher.routes_changed()
        await wait_until_empty(database)
    letters = await ask(database, "SELECT destination_type AS kind FROM dead_letter_messages")
    assert [letter["kind"] for letter in letters] == ["mqtt_republish"] * len(PENDING)


async def test_a_deleted_route_matches_no_more_and_is_not_counted(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    store = PostgresDeliveryStore(database)
    await store.settle(Settlement(delivered=[PENDING[0]]))
    assert await routes.delete_route("TENANT1", route.id)
    await store.settle(Settlement(delivered=[PENDING[1]]))
    assert await ask(database, "SELECT 1 FROM message_routes") == []
    for totals_of_routes in ("route_totals", "route_sums"):
        assert await ask(database, f"SELECT 1 FROM {totals_of_routes}") == []
    assert await pending_ids(database) == list(PENDING[2:])
    assert await store.bury_route(route.id, route, limit=100) == len(PENDING) - 2
    assert await totals(database) == {"delivered": 2, "buried": len(PENDING) - 2}


async def test_who_has_lost_the_lease_buries_nothing(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    mine = partition_of(route.id)
    lease = leases_of(database, "one", seconds=0.01)
    epochs = {mine: (await lease.take_back()).epochs[mine]}
    await trio.sleep(0.05)
    await take_over(database, "two")
    await routes.delete_route("TENANT1", route.id)
    with pytest.raises(LeaseLost):
        await PostgresDeliveryStore(database).bury_route(route.id, route, limit=9, epochs=epochs)
    assert await pending_ids(database) == list(PENDING)


async def test_a_router_that_has_begun_since_knows_what_the_route_was(
    database: Database, routes: PostgresRouteStore
) -> None:
    route = await create(database, routes)
    assert await routes.delete_route("TENANT1", route.id)
    queue = PostgresDeliveryStore(database)
    assert await queue.bury_route(route.id, None, limit=len(PENDING) + 1) == len(PENDING)
    letters = await ask(
        database,
        "SELECT DISTINCT destination_type AS type, destination_config ->> 'topic' AS topic"
        " FROM dead_letter_messages",
    )
    assert letters == [{"type": "mqtt_republish", "topic": CONFIG["topic"]}]
    assert await ask(database, "SELECT 1 FROM deleted_routes") == []


async def test_a_route_that_has_nothing_pending_is_not_kept(
    database: Database, routes: PostgresRouteStore
) -> None:
    draft = RouteDraft("r", "#", DestinationType.MQTT_REPUBLISH, CONFIG, None, True)
    route = await routes.create_route("TENANT1", draft)
    assert await routes.delete_route("TENANT1", route.id)
    assert await ask(database, "SELECT 1 FROM deleted_routes") == []
