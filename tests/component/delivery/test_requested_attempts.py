"""Attempts that people ask for take their turn in the lane of their route: within its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.delivery.dispatcher import STOPPING, TURN_SECONDS
from pulse_router.delivery.replay import BATCH_SECONDS, Replayer, ReplayResult, ReplayStatus
from pulse_router.domain.deliveries import NotAttempted, Outcome
from pulse_router.domain.lanes.control import OPENS_AFTER, PROBE_SECONDS
from pulse_router.domain.routes import Route
from tests.support.delivery.dead_letters import FIRST, Graveyard
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.leases import Router
from tests.support.delivery.stage import Stage, many, open_stage


@attrs.define(eq=False)
class Scene:
    """A stage, and a replayer beside it."""

    stage: Stage
    graveyard: Graveyard
    replayer: Replayer

    async def replay_batch(self, count: int) -> Sequence[ReplayStatus]:
        results: Sequence[ReplayResult] = await self.replayer.replay_batch(None, range(count))
        assert not self.graveyard.claimed, "every claim is given back"
        return [result.status for result in results]


@asynccontextmanager
async def open_scene(
    destination: FakeDestination | None = None, *routes: Route, workers: int = 64
) -> AsyncIterator[Scene]:
    async with open_stage(destination, *routes, workers=workers) as stage:
        graveyard = Graveyard()
        replayer = Replayer(graveyard, stage.routes, stage.dispatcher)
        yield Scene(stage, graveyard, replayer)


async def open_breaker(stage: Stage) -> None:
    stage.arrive(*many(1000))
    while not stage.dispatcher.health(1).breaker.is_open:  # noqa: ASYNC110 - nobody tells
        await trio.sleep(0.1)


async def test_a_batch_keeps_the_concurrency_of_its_route(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    async with open_scene(destination, make_route(1, max_in_flight=3)) as scene:
        assert set(await scene.replay_batch(100)) == {ReplayStatus.REPLAYED}
        assert scene.stage.dispatcher.lanes == 0
        assert scene.stage.dispatcher.health(1).concurrency.limit == 3, "it grows by successes"
    assert sorted(destination.attempted) == list(range(FIRST, FIRST + 100))
    assert destination.most_under_way[1] == 3
    assert scene.graveyard.most_claimed <= 16


async def test_a_batch_shares_its_route_with_what_is_pending(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 0.1)
    async with open_scene(destination, make_route(1, max_in_flight=4)) as scene:
        scene.stage.arrive(*many(2000))
        await trio.sleep(2)
        before = len(destination.attempts)
        assert set(await scene.replay_batch(40)) == {ReplayStatus.REPLAYED}
        meanwhile = [number >= FIRST for number in destination.attempted[before:]]
        assert 0.4 < sum(meanwhile) / len(meanwhile) < 0.6, "in turns"
        assert destination.most_under_way[1] == 4
        scene.stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_batch_to_one_route_leaves_workers_to_the_others(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda route: 0.1 if route.id == 1 else 0.001)
    async with open_scene(destination, make_route(1), make_route(2), workers=8) as scene:
        scene.stage.arrive(make_delivery(1, route_id=2))
        await trio.sleep(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.replay_batch, 100)
            await trio.sleep(0.5)
            before = trio.current_time()
            scene.stage.arrive(*many(50, route_id=2, first=10))
            await scene.stage.settled(lambda: not scene.stage.store.pending)
            assert trio.current_time() - before < 0.2


async def test_one_replay_is_one_attempt_now_though_the_breaker_is_open(
    autojump_clock: MockClock,
) -> None:
    mended = False
    destination = FakeDestination(
        lambda delivery, *_: DELIVERED if mended and delivery.id >= FIRST else FAILED
    )
    async with open_scene(destination) as scene:
        await open_breaker(scene.stage)
        before = trio.current_time()
        failed = await scene.replayer.replay(None, 1)
        assert (failed.status, failed.error) == (ReplayStatus.FAILED, "HTTP 503")
        assert scene.graveyard.failed[1].status == 503
        mended = True
        assert (await scene.replayer.replay(None, 2)).status is ReplayStatus.REPLAYED
        assert trio.current_time() - before < PROBE_SECONDS / 2
        assert not scene.stage.dispatcher.health(1).breaker.is_open, "a success closes it"
        scene.stage.dispatcher.drain(deadline=trio.current_time())


async def test_of_a_batch_to_a_dead_endpoint_the_first_is_tried_and_the_others_stay_as_they_are(
    autojump_clock: MockClock,
) -> None:
    async with open_scene(FakeDestination(lambda *_: FAILED)) as scene:
        await open_breaker(scene.stage)
        statuses = await scene.replay_batch(100)
        assert statuses.count(ReplayStatus.FAILED) == 1
        assert statuses.count(ReplayStatus.NOT_ATTEMPTED) == 99
        assert len(scene.graveyard.failed) == 1
        scene.stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_batch_that_begins_to_fail_opens_the_breaker_and_ends(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(lambda *_: FAILED, seconds=lambda _: 0.05)
    async with open_scene(destination) as scene:
        statuses = await scene.replay_batch(100)
        assert scene.stage.dispatcher.health(1).breaker.is_open
    # Each later one of them is the next batch's first look, and no more.
    assert OPENS_AFTER <= statuses.count(ReplayStatus.FAILED) <= OPENS_AFTER + 2
    assert statuses.count(ReplayStatus.NOT_ATTEMPTED) == 100 - len(destination.attempts)


async def test_a_batch_to_an_endpoint_that_has_returned_goes_through(
    autojump_clock: MockClock,
) -> None:
    is_back = False
    destination = FakeDestination(
        lambda *_: DELIVERED if is_back else FAILED, seconds=lambda _: 0.05
    )
    async with open_scene(destination, make_route(1, max_in_flight=5)) as scene:
        await open_breaker(scene.stage)
        destination.most_under_way.clear()
        is_back = True
        assert set(await scene.replay_batch(100)) == {ReplayStatus.REPLAYED}
        assert destination.most_under_way[1] <= 5
        scene.stage.dispatcher.drain(deadline=trio.current_time())


async def test_a_batch_to_a_hanging_endpoint_ends_in_time(autojump_clock: MockClock) -> None:
    destination = FakeDestination(lambda *_: FAILED, seconds=lambda _: 10.0)
    async with open_scene(destination) as scene:
        before = trio.current_time()
        statuses = await scene.replay_batch(100)
        assert trio.current_time() - before < BATCH_SECONDS + TURN_SECONDS + 10
    assert set(statuses) == {ReplayStatus.FAILED, ReplayStatus.NOT_ATTEMPTED}


async def test_a_replay_needs_neither_lease_nor_enabled_route(autojump_clock: MockClock) -> None:
    router = Router()
    router.leases.lost = set(range(32))
    async with trio.open_nursery() as nursery:
        await nursery.start(router.dispatcher.run)
        router.store.add(make_delivery(1, route_id=1))
        outcomes: list[Outcome | NotAttempted] = []

        async def attempt(number: int) -> None:
            route = make_route(1, enabled=False, max_in_flight=2)
            delivery = make_delivery(number)
            outcomes.append(await router.dispatcher.attempt(delivery, route, is_urgent=False))

        async with trio.open_nursery() as requests:
            for number in range(100, 120):
                requests.start_soon(attempt, number)
        assert outcomes == [DELIVERED] * 20
        assert router.destination.most_under_way[1] == 2
        assert (router.dispatcher.lanes, list(router.store.pending)) == (0, [1])
        router.dispatcher.drain()


async def test_what_has_no_turn_in_time_is_not_attempted(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 100.0)
    async with open_stage(destination, make_route(1, ordered=True)) as stage:
        stage.arrive(make_delivery(1))
        await wait_all_tasks_blocked()
        before = trio.current_time()
        answer = await stage.dispatcher.attempt(make_delivery(2), make_route(1), is_urgent=True)
        assert isinstance(answer, Outcome), "urgent ones need no more than room in their own limit"
        answer = await stage.dispatcher.attempt(
            make_delivery(3), make_route(1, ordered=True), is_urgent=False
        )
        assert isinstance(answer, Outcome)
        stage.arrive(make_delivery(4))
        await wait_all_tasks_blocked()
        before = trio.current_time()
        answer = await stage.dispatcher.attempt(
            make_delivery(5), make_route(1, ordered=True), is_urgent=True
        )
        assert isinstance(answer, NotAttempted)
        assert trio.current_time() - before == TURN_SECONDS
        stage.dispatcher.drain(deadline=trio.current_time())
    assert destination.attempted == [1, 2, 3, 4]


async def test_who_waits_when_the_stage_stops_is_told(autojump_clock: MockClock) -> None:
    destination = FakeDestination(seconds=lambda _: 100.0)
    answers: list[Outcome | NotAttempted] = []
    route = make_route(1, max_in_flight=1)
    async with open_stage(destination, route) as stage, trio.open_nursery() as nursery:

        async def attempt(number: int) -> None:
            delivery = make_delivery(number)
            answers.append(await stage.dispatcher.attempt(delivery, route, is_urgent=True))

        for number in (1, 2):
            nursery.start_soon(attempt, number)
        await trio.sleep(1)
        stage.dispatcher.drain(deadline=trio.current_time() + 5)
        assert isinstance(
            await stage.dispatcher.attempt(make_delivery(3), route, is_urgent=True), NotAttempted
        )
    assert len(destination.attempts) == len(destination.cancelled) == 1
    assert NotAttempted(STOPPING) in answers
    assert all(isinstance(answer, NotAttempted) for answer in answers)
    assert len(answers) == 2


async def test_who_goes_away_takes_the_attempt_along_and_leaves_the_lane_as_it_was(
    autojump_clock: MockClock,
) -> None:
    destination = FakeDestination(seconds=lambda _: 100.0)
    route = make_route(1, max_in_flight=1)
    async with open_stage(destination, route) as stage:
        attempt = partial(stage.dispatcher.attempt, is_urgent=True)
        async with trio.open_nursery() as nursery:
            for number in (1, 2):
                nursery.start_soon(attempt, make_delivery(number), route)
            await trio.sleep(0.5)
            nursery.cancel_scope.cancel()
        await wait_all_tasks_blocked()
        assert len(destination.cancelled) == 1
        assert (stage.dispatcher.in_flight, stage.dispatcher.lanes) == (0, 0)
        destination.seconds = lambda _: 0.0
        stage.arrive(make_delivery(3))
        await stage.settled(lambda: not stage.store.pending)
    assert destination.attempted[-1] == 3
