"""A tenant's payload filters take their share of the router, and no more; whoever has less to ask
notices nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import FUEL_PER_FILTER, Fuel
from pulse_router.domain.routes import MatchableRoute, RouteSet
from pulse_router.ingest.filter_shares import (
    MAX_PAUSE_SECONDS,
    MESSAGE_SECONDS,
    PAUSE_SECONDS,
    FilterShares,
)
from pulse_router.ingest.judging import FUEL_AT_ONCE, MANY
from tests.support.ingest.decoding import decode, route
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, FakePublication, publication
from tests.support.work import Steps


@attrs.define
class Work:
    """What this thread has worked, as far as filters say so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def filter(self, takes: float, *, passes: bool = True) -> Callable[[Mapping[str, Any]], bool]:
        def accepts(_payload: Mapping[str, Any]) -> bool:
            self.seconds += takes
            return passes

        return accepts


def world_of(work: Work, *routes: MatchableRoute) -> DecoderWorld:
    world = DecoderWorld(work_clock=work)
    world.routes.current = RouteSet(routes)
    world.shares.watch("TENANT1")
    return world


async def matches(world: DecoderWorld, count: int = 1) -> list[list[int]]:
    batch = await decode(world, *(publication() for _ in range(count)))
    assert len(batch.messages) == count
    assert batch.matched == len(batch.deliveries)
    by_event = {message.event_id: [] for message in batch.messages}  # type: dict[int, list[int]]
    for each in batch.deliveries:
        by_event[each.event_id].append(each.route_id)
    return list(by_event.values())


async def test_the_dearest_of_a_tenants_filters_is_set_aside_and_comes_back(
    autojump_clock: MockClock,
) -> None:
    work = Work()
    world = world_of(
        work, route(1, accepts=work.filter(0.004)), route(2, accepts=work.filter(0.001)), route(3)
    )
    found = await matches(world, 150)
    assert found[0] == [1, 2, 3]
    assert found[-1] == [2, 3]
    fault = world.shares.of_route(1)
    assert fault is not None
    assert "is set aside until" in fault.problem
    assert world.shares.of_route(2) is None
    assert world.shares.set_aside == 1
    assert world.shares.unasked == world.shares.unasked_of(1) == found.count([2, 3])

    await trio.sleep(PAUSE_SECONDS - 1)
    assert await matches(world) == [[2, 3]]
    await trio.sleep(1)
    assert world.shares.of_route(1) is None
    assert await matches(world) == [[1, 2, 3]]


async def test_who_comes_to_it_again_is_set_aside_sooner_and_for_longer(
    autojump_clock: MockClock,
) -> None:
    work = Work()
    world = world_of(work, route(1, accepts=work.filter(0.01)))
    taken, pauses = [], []
    for _ in range(8):
        before = work.seconds
        while world.shares.of_route(1) is None:
            await matches(world)
        taken.append(round(work.seconds - before, 3))
        started = trio.current_time()
        pauses.append(await pause_of(world.shares, 1) - started)
    assert taken[0] == pytest.approx(0.5, abs=0.011)
    assert taken[1:] == [pytest.approx(0.05, abs=0.011)] * 7
    assert pauses[:3] == [PAUSE_SECONDS, 2 * PAUSE_SECONDS, 4 * PAUSE_SECONDS]
    assert pauses[-1] == MAX_PAUSE_SECONDS


async def test_another_filter_brings_a_route_back_at_once(autojump_clock: MockClock) -> None:
    work = Work()
    world = world_of(work, route(1, accepts=work.filter(0.01)))
    assert (await matches(world, 100))[-1] == []
    world.routes.current = RouteSet([route(1, accepts=work.filter(0.000_1))])
    assert (await matches(world, 100))[-1] == [1]


async def test_cheap_filters_are_never_set_aside_however_many_messages_come(
    autojump_clock: MockClock,
) -> None:
    work = Work()
    world = world_of(work, *(route(number, accepts=work.filter(0.000_2)) for number in range(40)))
    assert set(map(len, await matches(world, 300))) == {40}
    assert work.seconds > 2
    assert world.shares.unasked == 0


async def test_no_neighbour_is_set_aside_for_it(  # noqa: ASYNC124 - fixture
    autojump_clock: MockClock,
) -> None:
    work = Work()
    mine = route(1, accepts=work.filter(0.01))
    theirs = route(2, accepts=work.filter(0.001), tenant_id="TENANT2")
    shares = FilterShares()
    for _ in range(100):
        shares.charge(mine, 0.01)
        shares.charge(theirs, 0.001)
    assert shares.of_route(1) is not None
    assert shares.of_route(2) is None


async def test_one_message_takes_no_longer_than_a_message_may(autojump_clock: MockClock) -> None:
    work = Work()
    dear = [route(number, accepts=work.filter(0.003)) for number in range(1000)]
    world = world_of(work, *dear, route(1000))
    world.shares = FilterShares()  # nobody is watched: so many are asked with care all the same
    [found] = await matches(world)
    assert work.seconds <= MESSAGE_SECONDS + 0.003
    assert 5 < len(found) < 10
    assert 1000 in found
    assert world.shares.unasked == 1000 - (len(found) - 1)
    fault = world.faults.of_route(999)
    assert fault is not None
    assert "took all that may be spent" in fault.problem


async def test_a_filter_that_goes_too_far_costs_that_match_of_that_route() -> None:
    fuel = Fuel()
    far = compile_filter({"x.y": 1}, fuel).accepts
    near = compile_filter({"x.y": {"$exists": True}, "temperature": 90}, fuel).accepts
    world = DecoderWorld(fuel=fuel)
    world.routes.current = RouteSet([route(1, accepts=far), route(2, accepts=near)])
    long = publication(x=[{}] * 20_000)
    assert len(long.payload) > FUEL_PER_FILTER
    batch = await decode(world, long, publication(x=[{"y": 1}] * 10))
    assert [each.route_id for each in batch.deliveries] == [1, 2]
    assert {each.event_id for each in batch.deliveries} == {batch.messages[1].event_id}
    fault = world.faults.of_route(1)
    assert fault is not None
    assert "gave up" in fault.problem
    assert (world.shares.unasked, world.faults.filters) == (2, 0)


async def test_others_have_their_turn_while_a_dear_filter_is_asked() -> None:
    fuel, is_asked, is_others_turn = Fuel(), threading.Event(), threading.Event()

    def dear(_payload: Mapping[str, Any]) -> bool:
        fuel.spend(FUEL_AT_ONCE + 1)
        is_asked.set()
        return is_others_turn.wait(10)

    world = DecoderWorld(fuel=fuel)
    world.routes.current = RouteSet([route(1, accepts=dear)])
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def take_a_turn() -> None:
            if await trio.to_thread.run_sync(is_asked.wait, 10):
                is_others_turn.set()

        batch = await decode(world, publication())
    assert [each.route_id for each in batch.deliveries] == [1]


async def test_others_have_their_turn_between_filters_and_see_what_is_decoded() -> None:
    work = Work()
    world = DecoderWorld(clock=work, work_clock=work)
    world.live.tenants.add("TENANT1")
    shown: list[int] = []

    def slow(_payload: Mapping[str, Any]) -> bool:
        shown.append(len(world.live.events))
        work.seconds += 0.000_5
        return True

    world.routes.current = RouteSet([route(n, accepts=slow) for n in range(MANY + 1)])

    with Steps() as steps:
        await decode(world, publication(), publication())
    # Of 33 milliseconds of work, and one for what is asked of the database.
    assert 13 <= steps.count <= 18
    assert (shown[0], shown[-1], len(world.live.events)) == (0, 1, 2)


async def test_others_have_their_turn_while_dear_messages_are_decoded() -> None:
    world = DecoderWorld()
    body = b'{"x":[' + b"[" * 40 + b"]" * 40 + b"," + b",".join([b'"\\u0041"'] * 6_000) + b"]}"
    arrival = FakeArrival([FakePublication(body) for _ in range(40)])
    with Steps() as steps:
        await world.decoder().decode(arrival)
    assert steps.count >= 10
    assert [tenant for tenant, _ in world.costs.of_tenants.dearest(2)] == ["TENANT1"]


async def pause_of(shares: FilterShares, route_id: int) -> float:
    """Wait until a route is no longer set aside; give the time."""
    for _ in range(2 * int(MAX_PAUSE_SECONDS)):
        if shares.of_route(route_id) is None:
            return trio.current_time()
        await trio.sleep(1)
    raise AssertionError("it never comes back")
