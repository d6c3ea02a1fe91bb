"""An attempt ends with its lease where another router may begin the same one."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.deliveries import NotAttempted, Outcome
from pulse_router.domain.leases import LEASE_SECONDS
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.destinations import DELIVERED
from tests.support.delivery.leases import Router


async def test_no_attempt_outlasts_its_lease_when_there_are_other_routers(
    autojump_clock: MockClock,
) -> None:
    router = Router(seconds=600.0)
    async with router.running():
        router.leases.routers = 2
        await trio.sleep(10)
        router.arrive(1)
        await trio.sleep(20)
        assert router.destination.under_way == {1}
        router.leases.outage.is_out = True
        await trio.sleep(LEASE_SECONDS)
        assert router.destination.cancelled == [1]
        assert set(router.store.pending) == {1}
        router.seconds = 0.1
        router.leases.outage.is_out = False
        await trio.sleep(30)
    assert router.store.delivered == [1]
    assert [attempt.number for attempt in router.destination.attempts] == [1, 1]


async def test_a_router_that_is_alone_lets_its_attempts_end(autojump_clock: MockClock) -> None:
    """Nobody takes over from it: to cut them would only have them made twice."""
    router = Router(seconds=600.0)
    async with router.running():
        await trio.sleep(1)
        router.arrive(1)
        await trio.sleep(1)
        router.leases.outage.is_out = True
        await trio.sleep(60)
        router.leases.outage.is_out = False
        await trio.sleep(700)
    assert router.store.delivered == [1]
    assert router.destination.cancelled == []


@pytest.mark.parametrize("batch", [None, {"max_messages": 2, "max_wait_ms": 10}])
async def test_what_is_taken_over_is_cut_at_once_and_the_rest_goes_on(
    autojump_clock: MockClock, batch: dict[str, int] | None
) -> None:
    config: dict[str, Any] = {} if batch is None else {"batch": batch}
    router = Router(seconds=20.0, **config)
    async with router.running():
        router.leases.routers = 2
        await trio.sleep(10)
        router.arrive(1, 2)
        await trio.sleep(1)
        assert router.destination.under_way == {1, 2}
        router.leases.lost = {1}
        await trio.sleep(LEASE_SECONDS)
        assert router.destination.under_way == {2}
        await trio.sleep(60)
    assert router.store.delivered == [2]
    assert set(router.store.pending) == {1}


async def test_what_is_asked_for_outlasts_the_lease_that_its_worker_had(
    autojump_clock: MockClock,
) -> None:
    """The worker goes on with its lane: from the queue, which needs a lease, to what needs none."""
    router = Router(seconds=1.0)
    outcomes: list[Outcome | NotAttempted] = []
    async with router.running(), trio.open_nursery() as nursery:

        async def ask() -> None:
            delivery, route = make_delivery(100, route_id=1), router.routes.routes[1]
            outcomes.append(await router.dispatcher.attempt(delivery, route, is_urgent=False))

        router.leases.routers = 2
        await trio.sleep(10)
        router.arrive(1)
        await trio.sleep(0.5)
        nursery.start_soon(ask)
        await trio.sleep(0.1)
        assert router.destination.under_way == {1}
        router.seconds = 60.0
        await trio.sleep(1)
        assert router.destination.under_way == {100}
        router.leases.outage.is_out = True
        await trio.sleep(2 * LEASE_SECONDS)
        assert router.destination.cancelled == []
        router.leases.outage.is_out = False
    assert outcomes == [DELIVERED]
