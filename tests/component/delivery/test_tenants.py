"""Tenants beside each other, under a virtual clock: what one does keeps no other waiting."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.scheduling.turns import YIELDED_PER_WORKER
from pulse_router.domain.deliveries import Delivery, Outcome
from pulse_router.domain.lanes.control import PROBE_SECONDS
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import Stage, many, open_stage

FIRST_QUIET = 10_000
"""From here on routes are the neighbour's."""
QUICK_SECONDS = 0.005
PATIENCE_SECONDS = 300.0
WORKERS = 64


def loud_routes(count: int, **config: Any) -> list[Route]:
    return [attrs.evolve(make_route(n, **config), tenant_id="LOUD") for n in range(1, 1 + count)]


def quiet_routes(count: int = 1, **config: Any) -> list[Route]:
    return [
        attrs.evolve(make_route(n, **config), tenant_id="QUIET")
        for n in range(FIRST_QUIET, FIRST_QUIET + count)
    ]


def lasting(loud_seconds: float) -> FakeDestination:
    """The loud tenant's endpoints take so long; the neighbour's are quick."""
    return FakeDestination(
        seconds=lambda route: QUICK_SECONDS if route.id >= FIRST_QUIET else loud_seconds
    )


def quiet_delivery(number: int, route_id: int = FIRST_QUIET) -> Delivery:
    return make_delivery(1_000_000 + number, route_id=route_id, tenant_id="QUIET")


def flood(stage: Stage, routes: list[Route], each: int) -> None:
    for route in routes:
        stage.arrive(*many(each, route_id=route.id, first=1000 * route.id))


async def seconds_to_attempt(stage: Stage, delivery: Delivery) -> float:
    """Commit a delivery, and wait for its end; gives how long it took until it was attempted."""
    before = trio.current_time()
    await stage.seconds_for(delivery)
    attempts = reversed(stage.destination.attempts)
    return next(it.at_seconds for it in attempts if it.delivery_id == delivery.id) - before


async def test_hundreds_of_routes_of_one_tenant_keep_no_other_waiting(
    autojump_clock: MockClock,
) -> None:
    loud, quiet = loud_routes(303), quiet_routes()
    async with open_stage(lasting(0.3), *loud, *quiet) as stage:
        flood(stage, loud, 30)
        waits = []
        for number in range(40):
            waits.append(await seconds_to_attempt(stage, quiet_delivery(number)))
            await trio.sleep(0.1)
        assert max(waits) < 2 * QUICK_SECONDS
        assert stage.dispatcher.in_flight >= WORKERS * 3 // 4, "what nobody else wants is used"
        stage.dispatcher.drain(deadline=trio.current_time())


@pytest.mark.parametrize("workers", [8, 64])
async def test_endpoints_that_hang_for_minutes_leave_places_for_those_of_another_tenant(
    autojump_clock: MockClock, workers: int
) -> None:
    """New ones, those that have failed once, and those that hang as well."""
    loud, quiet = loud_routes(800), quiet_routes(60)
    ill: set[int] = set()

    def respond(_delivery: Delivery, route: Route, attempt: int) -> Outcome:
        is_ill = route.id in ill and attempt == 1
        return FAILED if is_ill else DELIVERED

    destination = lasting(PATIENCE_SECONDS)
    destination.respond = respond
    async with open_stage(destination, *loud, *quiet, workers=workers) as stage:
        flood(stage, loud, 20)
        await trio.sleep(60)
        assert stage.dispatcher.yielded >= workers * YIELDED_PER_WORKER // 2
        waits = []
        for number, route in enumerate(quiet):
            waits.append(await seconds_to_attempt(stage, quiet_delivery(number, route.id)))
            await trio.sleep(0.2)
        assert max(waits) < 2 * QUICK_SECONDS, "new ones"
        ill.update(route.id for route in quiet)
        waits.clear()
        for number, route in enumerate(quiet, start=100):
            stage.arrive(quiet_delivery(number, route.id))
        await stage.settled(lambda: len(stage.store.pending) == 800 * 20)
        assert trio.current_time() < 60 + 60 * 0.21 + 3, "those that have failed once"
        stage.dispatcher.drain(deadline=trio.current_time())
    assert max(destination.most_under_way.values()) <= workers * (1 + YIELDED_PER_WORKER)


async def test_two_tenants_have_as_many_milliseconds_of_the_workers(
    autojump_clock: MockClock,
) -> None:
    """Not as many attempts: whose endpoints are slow makes fewer."""
    loud, quiet = loud_routes(60), quiet_routes(60)
    destination = FakeDestination(seconds=lambda r: 0.05 if r.id >= FIRST_QUIET else 0.5)
    store = FakeDeliveryStore()
    async with open_stage(destination, *loud, *quiet, store=store, workers=16) as stage:
        flood(stage, loud, 40)
        await trio.sleep(2)
        for route in quiet:
            first = 1000 * route.id
            stage.arrive(
                *(
                    make_delivery(n, route_id=route.id, tenant_id="QUIET")
                    for n in range(first, first + 100)
                )
            )
        await trio.sleep(2)
        since = trio.current_time()
        await trio.sleep(10)
        made = Counter(a.route.tenant_id for a in destination.attempts if a.at_seconds >= since)
        stage.dispatcher.drain(deadline=trio.current_time())
    assert 0.8 < made["QUIET"] * 0.05 / (made["LOUD"] * 0.5) < 1.25


async def test_lanes_that_wait_with_full_hands_or_for_the_table_are_their_tenants_own(
    autojump_clock: MockClock,
) -> None:
    """Backlogs of hundreds of routes, and slow queries: another's is looked at first."""
    store = FakeDeliveryStore()
    store.fetch_seconds = 0.02
    loud, quiet = loud_routes(600), quiet_routes()
    for route in loud:
        store.add(*many(5, route_id=route.id, first=1000 * route.id))
    async with open_stage(lasting(0.3), *loud, *quiet, store=store) as stage:
        await trio.sleep(1)
        waits = []
        for number in range(20):
            store.add(quiet_delivery(number))
            before = trio.current_time()
            stage.dispatcher.wake({FIRST_QUIET})
            await stage.settled(lambda n=number: 1_000_000 + n not in store.pending)  # type: ignore[misc]  # a default binds it
            waits.append(trio.current_time() - before)
            await trio.sleep(0.1)
        # The first time it is also loaded.
        assert max(waits) < 3 * store.fetch_seconds + QUICK_SECONDS
        stage.dispatcher.drain(deadline=trio.current_time())


async def test_dead_endpoints_of_one_tenant_put_off_no_probe_of_another(
    autojump_clock: MockClock,
) -> None:
    loud = loud_routes(600, retry={"max_attempts": 1000, "max_seconds": 0.01})
    quiet = quiet_routes(retry={"max_attempts": 1000, "max_seconds": 0.01})
    is_mended = False

    def respond(_delivery: Delivery, route: Route, _attempt: int) -> Outcome:
        return DELIVERED if is_mended and route.id >= FIRST_QUIET else FAILED

    async with open_stage(FakeDestination(respond), *loud, *quiet) as stage:
        flood(stage, loud, 1)
        await trio.sleep(20)
        stage.arrive(quiet_delivery(1))
        await trio.sleep(3)
        assert stage.dispatcher.health(FIRST_QUIET).breaker.is_open
        is_mended = True
        before = trio.current_time()
        await stage.settled(lambda: bool(stage.store.delivered))
        assert trio.current_time() - before < 1.5 * PROBE_SECONDS
        stage.dispatcher.drain(deadline=trio.current_time())
