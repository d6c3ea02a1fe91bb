"""The laws of failure: retried with backoff, ended for good, and remembered as it was said."""

from __future__ import annotations

import itertools

import attrs
import trio
from trio.testing import MockClock

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.routes import DestinationType
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage


async def test_a_failure_is_retried_with_backoff_up_to_the_maximum_and_then_buried(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1, retry={"max_attempts": 4}, secrets=("hush",), headers={"X-Key": "hush"})
    async with open_stage(FakeDestination(lambda *_: FAILED), route) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert [attempt.number for attempt in stage.destination.attempts] == [1, 2, 3, 4]
    times = [attempt.at_seconds for attempt in stage.destination.attempts]
    for failures, (earlier, later) in enumerate(itertools.pairwise(times), start=1):
        assert 0 <= later - earlier <= 2 ** (failures - 1) + 0.1
    burial = stage.store.buried[1]
    assert (burial.attempts, burial.error) == (4, "HTTP 503")
    assert burial.destination_config["url"] == "http://localhost/hook"
    assert "hush" not in str(burial.destination_config)
    assert (stage.dispatcher.failed, stage.dispatcher.dead_lettered) == (4, 1)
    assert stage.dispatcher.causes["5xx"] == sum(stage.dispatcher.causes.values()) == 1


async def test_a_success_after_failures_ends_the_delivery(autojump_clock: MockClock) -> None:
    async with open_stage(
        FakeDestination(lambda _d, _r, attempt: DELIVERED if attempt == 3 else FAILED)
    ) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert (stage.store.delivered, stage.store.buried) == ([1], {})


async def test_what_is_dead_is_buried_at_once(autojump_clock: MockClock) -> None:
    async with open_stage(FakeDestination(lambda *_: DEAD)) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.destination.attempted == [1]
    assert stage.store.buried[1].error == "HTTP 404"


async def test_a_destination_may_ask_for_more_time(autojump_clock: MockClock) -> None:
    busy = Outcome(Verdict.RETRY, error="busy", retry_after_seconds=60.0)
    async with open_stage(
        FakeDestination(lambda _d, _r, attempt: DELIVERED if attempt > 1 else busy)
    ) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    first, second = stage.destination.attempts
    assert second.at_seconds - first.at_seconds >= 60


async def test_an_endpoint_that_is_gone_disables_its_route(autojump_clock: MockClock) -> None:
    gone = Outcome(Verdict.DEAD, error="HTTP 410", status=410, disable_route=True)
    async with open_stage(FakeDestination(lambda *_: gone)) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.disabled == [1]


async def test_an_endpoint_that_is_gone_is_asked_no_more_before_its_route_was_looked_at_again(
    autojump_clock: MockClock,
) -> None:
    gone = Outcome(Verdict.DEAD, error="HTTP 410", status=410, disable_route=True)
    destination = FakeDestination(lambda *_: gone, seconds=lambda _: 0.1)
    async with open_stage(destination) as stage:
        stage.arrive(*many(100))
        await stage.settled(lambda: bool(stage.store.disabled))
        buried = len(stage.store.buried)
        await trio.sleep(1)
        stage.arrive(*many(100, first=1000))
        await trio.sleep(1)
        assert len(stage.store.buried) == buried < 10
        destination.respond = lambda *_: DELIVERED
        await stage.dispatcher.reload_routes()
        await stage.settled(lambda: not stage.store.pending)
    assert len(stage.store.delivered) == 200 - buried


async def test_an_error_is_made_fit_to_be_stored(autojump_clock: MockClock) -> None:
    ugly = Outcome(Verdict.DEAD, error="a\0b\ud800" + "x" * 5000)
    async with open_stage(FakeDestination(lambda *_: ugly)) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.buried[1].error.startswith("ab?xxx")
    assert len(stage.store.buried[1].error) == 2000


async def test_a_failed_attempt_is_remembered_with_what_the_endpoint_said(
    autojump_clock: MockClock,
) -> None:
    said = Outcome(
        Verdict.DEAD,
        error="HTTP 404: no",
        status=404,
        duration_seconds=0.125,
        response="\0no\ud800" + "x" * 2000,
    )
    async with open_stage(FakeDestination(lambda *_: said)) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    record = stage.store.buried[1].record
    assert record is not None
    assert (record.status, record.duration_seconds, record.error) == (404, 0.125, "HTTP 404: no")
    assert record.response.startswith("no?xxx")
    assert len(record.response) == 1024
    assert record.at.tzinfo is not None


async def test_a_destination_that_does_not_exist_yet_is_dead(autojump_clock: MockClock) -> None:
    route = attrs.evolve(make_route(1), destination_type=DestinationType.MQTT_REPUBLISH)
    async with open_stage(None, route) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert "not supported" in stage.store.buried[1].error


async def test_what_waits_for_a_route_that_became_postgresql_is_delivered_already(
    autojump_clock: MockClock,
) -> None:
    route = attrs.evolve(make_route(1), destination_type=DestinationType.POSTGRESQL)
    async with open_stage(None, route) as stage:
        stage.arrive(make_delivery(1))
        await stage.settled(lambda: not stage.store.pending)
    assert (stage.store.delivered, stage.destination.attempts) == ([1], [])
