"""Leases under a virtual clock: no attempt begins without one, and none is held too long."""

from __future__ import annotations

import random

import pytest
import trio
from trio.testing import MockClock

from pulse_router.delivery.leases import RENEWALS, Hold, Leases
from pulse_router.domain.leases import LEASE_SECONDS, PARTITIONS, fair_share, partition_of
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.leases import Router


async def test_no_attempt_begins_while_the_lease_cannot_be_renewed(
    autojump_clock: MockClock,
) -> None:
    router = Router()
    async with router.running():
        await trio.sleep(1)
        router.leases.outage.is_out = True
        for number in range(300):
            router.arrive(number)
            await trio.sleep(0.1)
        latest = max(attempt.at_seconds for attempt in router.destination.attempts)
        assert latest <= 1 + LEASE_SECONDS
        router.leases.outage.is_out = False
        await trio.sleep(10)
        assert not router.store.pending
    assert sorted(router.store.delivered) == list(range(300))


@pytest.mark.parametrize("seed", range(5))
async def test_a_lease_may_run_out_between_any_two_looks_at_it(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    router, chance = Router(), random.Random(seed)
    hold_of = Leases.hold_of

    def hold_at_this_look(leases: Leases, route_id: int) -> Hold | None:
        return None if chance.random() < 0.2 else hold_of(leases, route_id)

    async with router.running():
        with monkeypatch.context() as patch:
            patch.setattr(Leases, "hold_of", hold_at_this_look)
            for number in range(100):
                router.arrive(number)
                await trio.sleep(0.1)
        await trio.sleep(60)
        assert sorted(router.store.delivered) == list(range(100))


async def test_what_is_lost_is_not_attempted_any_more(autojump_clock: MockClock) -> None:
    router = Router()
    async with router.running():
        await trio.sleep(1)
        router.leases.lost = set(range(16))
        await trio.sleep(LEASE_SECONDS)
        router.arrive(*range(64))
        await trio.sleep(60)
        assert {partition_of(number) for number in router.store.pending} == set(range(16))
        assert router.dispatcher.lanes == 0


async def test_a_surplus_is_released_once_its_attempts_are_settled(
    autojump_clock: MockClock,
) -> None:
    router = Router(seconds=30.0)
    async with router.running():
        await trio.sleep(1)
        router.arrive(31)
        await trio.sleep(1)
        router.leases.routers = 2
        await trio.sleep(60)
        released = router.leases.released
        assert set(released) == set(range(16, 32))
        assert all(released[number] < 5 for number in range(16, 31))
        assert 31 < released[31] < 35
        router.arrive(*range(64))
        await trio.sleep(60)
        assert {partition_of(number) for number in router.store.pending} == set(range(16, 32))


async def test_a_router_that_stops_gives_everything_back(autojump_clock: MockClock) -> None:
    router = Router()
    async with router.running():
        await trio.sleep(1)
    assert set(router.leases.released) == set(range(PARTITIONS))
    assert router.leases.has_left


async def test_leases_are_renewed_often_enough_and_not_more(autojump_clock: MockClock) -> None:
    router = Router()
    async with router.running():
        await trio.sleep(100)
    assert router.leases.renewals == pytest.approx(100 * RENEWALS / LEASE_SECONDS, rel=0.1)


async def test_what_others_have_ingested_for_us_is_found_within_a_second(
    autojump_clock: MockClock,
) -> None:
    router = Router()
    router.leases.routers = 2
    async with router.running():
        await trio.sleep(20)
        router.store.add(make_delivery(1, route_id=1))
        await trio.sleep(1.5)
        assert router.store.delivered == [1]


@pytest.mark.parametrize("routers", range(1, 40))
def test_fair_shares_cover_everything(routers: int) -> None:
    assert fair_share(routers) * routers >= PARTITIONS
    assert (fair_share(routers) - 1) * routers < PARTITIONS


async def test_what_turns_out_to_be_taken_over_is_not_attempted_again_meanwhile(
    autojump_clock: MockClock,
) -> None:
    """A database whose clock leaps forward gives our lanes to others before their time is up."""
    router = Router(seconds=0.01)
    async with router.running():
        await trio.sleep(1)
        router.store.taken_over = {3}
        router.arrive(3, 4)
        await trio.sleep(0.5)
        assert router.destination.attempted.count(3) == 1
        assert router.store.delivered == [4]
        router.leases.lost = {3}
        await trio.sleep(60)
        assert router.destination.attempted.count(3) == 1
    assert set(router.store.pending) == {3}


async def test_who_has_lost_a_lane_buries_nothing_of_it(autojump_clock: MockClock) -> None:
    router = Router(seconds=0.01)
    async with router.running():
        await trio.sleep(1)
        del router.routes.routes[3], router.routes.routes[4]
        router.store.taken_over = {3}
        router.arrive(3, 4)
        router.dispatcher.routes_changed()
        await trio.sleep(0.5)
        router.leases.lost = {3}
        await trio.sleep(60)
        assert [number for number, _ in router.store.buried_with_route] == [4]
    assert set(router.store.pending) == {3}
    assert router.destination.attempted == []
