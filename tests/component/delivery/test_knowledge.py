"""That nothing older is in the table is known under one continuous holding, while nobody shares it.

Whoever does not know it looks, before an ordered route's next one is attempted.
"""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.leases import SHARED_SECONDS
from pulse_router.domain.leases import LEASE_SECONDS
from pulse_router.domain.queue_marks import Work, WorkMark
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery
from tests.support.delivery.leases import Router


class UnsearchedStore(FakeDeliveryStore):
    """Finds no work by itself, as between two searches."""

    async def routes_with_work(
        self,
        since: WorkMark | None = None,  # noqa: ARG002 - the port's signature
        *,
        thoroughly: bool = False,  # noqa: ARG002 - the port's signature
    ) -> Work:
        return Work(())


def make_router() -> Router:
    return Router(ordered=True, store=UnsearchedStore())


async def be_drained(router: Router) -> None:
    """Have a lane that knows that nothing is left in the table."""
    await trio.sleep(1)
    router.store_here(make_delivery(1))
    await trio.sleep(1)
    router.store_here(make_delivery(2))
    await trio.sleep(1)
    assert router.store.delivered == [1, 2]


async def test_alone_a_drained_lane_asks_the_table_for_nothing(autojump_clock: MockClock) -> None:
    router = make_router()
    async with router.running():
        await be_drained(router)
        fetches = router.store.fetches
        for number in range(3, 103):
            router.store_here(make_delivery(number))
            await trio.sleep(0.3)
        assert router.store.delivered == list(range(1, 103))
        assert router.store.fetches == fetches


async def test_what_another_router_has_stored_is_not_overtaken(autojump_clock: MockClock) -> None:
    router = make_router()
    router.leases.routers = 2
    async with router.running():
        await be_drained(router)
        router.store.add(make_delivery(3))
        router.store_here(make_delivery(4))
        await trio.sleep(1)
        assert router.destination.attempted == [1, 2, 3, 4]


@pytest.mark.parametrize("after_seconds", [LEASE_SECONDS, SHARED_SECONDS / 2])
async def test_nor_is_what_one_has_stored_that_is_just_gone(
    autojump_clock: MockClock, after_seconds: float
) -> None:
    router = make_router()
    router.leases.routers = 2
    async with router.running():
        await be_drained(router)
        router.leases.routers = 1
        await trio.sleep(after_seconds)
        router.store.add(make_delivery(3))
        router.store_here(make_delivery(4))
        await trio.sleep(1)
        assert router.destination.attempted == [1, 2, 3, 4]


async def test_what_is_left_of_one_that_is_gone_is_looked_for_once(
    autojump_clock: MockClock,
) -> None:
    router = make_router()
    router.leases.routers = 2
    async with router.running():
        await be_drained(router)
        router.leases.routers = 1
        router.store.add(make_delivery(3))
        await trio.sleep(2 * SHARED_SECONDS)
        assert router.destination.attempted == [1, 2], "nobody told of it"
        router.store_here(make_delivery(4))
        await trio.sleep(1)
        assert router.destination.attempted == [1, 2, 3, 4]
        fetches = router.store.fetches
        router.store_here(make_delivery(5))
        await trio.sleep(1)
        assert router.store.fetches == fetches


async def test_what_is_told_of_while_no_lease_is_valid_is_not_overtaken(
    autojump_clock: MockClock,
) -> None:
    """The lease is renewed under the same epoch; nobody has taken it meanwhile."""
    router = make_router()
    async with router.running():
        await be_drained(router)
        router.leases.outage.is_out = True
        await trio.sleep(2 * LEASE_SECONDS)
        router.store.add(make_delivery(3))
        router.dispatcher.wake({1})
        router.leases.outage.is_out = False
        await trio.sleep(2 * LEASE_SECONDS)
        router.store_here(make_delivery(4))
        await trio.sleep(1)
        assert router.destination.attempted == [1, 2, 3, 4]


@pytest.mark.parametrize("lives_on", [False, True])
async def test_what_came_untold_while_no_lease_was_valid_is_not_overtaken(
    autojump_clock: MockClock, *, lives_on: bool
) -> None:
    """A lane that lives on has one in hand, for as long as the outage lasts."""
    router = make_router()
    async with router.running():
        await be_drained(router)
        router.seconds = 4 * LEASE_SECONDS if lives_on else 0.1
        router.store_here(make_delivery(3))
        await trio.sleep(1)
        router.leases.outage.is_out = True
        await trio.sleep(2 * LEASE_SECONDS)
        router.store.add(make_delivery(4))
        router.leases.outage.is_out = False
        await trio.sleep(LEASE_SECONDS)
        router.seconds = 0.1
        router.store_here(make_delivery(5))
        await trio.sleep(4 * LEASE_SECONDS)
        assert router.destination.attempted == [1, 2, 3, 4, 5]
