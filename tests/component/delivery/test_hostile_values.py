"""What one delivery, one route or one answer holds harms itself only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.delivery.attempts import LanePlan
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FakeDestination
from tests.support.delivery.stage import many, open_stage

POISON = 3


class Raising(FakeDestination):
    """A destination that one delivery is too much for."""

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        outcome = await super().deliver(delivery, route, attempt=attempt)
        if delivery.id == POISON:
            raise ZeroDivisionError("hush: what the delivery holds")
        return outcome

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:  # noqa: ARG002 - the port's signature
        self.batches.append([delivery.id for delivery in deliveries])
        await trio.lowlevel.checkpoint()
        if any(delivery.id == POISON for delivery in deliveries):
            raise ZeroDivisionError("hush: what the delivery holds")
        return DELIVERED


BATCH = {"batch": {"max_messages": 10}}


@pytest.mark.parametrize("config", [{}, {"ordered": True}, BATCH, {"ordered": True, **BATCH}])
async def test_a_delivery_that_cannot_be_attempted_is_buried_and_the_others_are_delivered(
    autojump_clock: MockClock, config: dict[str, Any]
) -> None:
    route = make_route(1, retry={"max_attempts": 3}, **config)
    with capture_logs() as logs:
        async with open_stage(Raising(), route) as stage:
            stage.arrive(*many(5))
            await stage.settled(lambda: not stage.store.pending)
            assert sorted(stage.store.delivered) == [1, 2, 4, 5]
            burial = stage.store.buried[POISON]
            if "ordered" in config:
                assert stage.store.delivered == [1, 2, 4, 5]
    assert burial.attempts == 3
    assert "ZeroDivisionError" in burial.error
    assert "hush" not in burial.error
    told = [line for line in logs if line["log_level"] == "error"]
    assert [line["route_id"] for line in told] == [1]
    assert told[0]["exc_info"]


async def test_whoever_asks_for_an_attempt_that_raises_is_told_and_the_lane_goes_on(
    autojump_clock: MockClock,
) -> None:
    route = make_route(1)
    async with open_stage(Raising(), route) as stage:
        poison = make_delivery(POISON)
        outcome = await stage.dispatcher.attempt(poison, route, is_urgent=True)
        assert not isinstance(outcome, NotAttempted)
        assert "ZeroDivisionError" in outcome.error
        assert await stage.seconds_for(make_delivery(1)) < 1


class Unplannable(dict[str, object]):
    """A configuration that cannot even be looked at."""

    def items(self) -> object:  # type: ignore[override]
        raise ZeroDivisionError

    def __iter__(self) -> object:  # type: ignore[override]
        raise ZeroDivisionError


async def test_a_route_of_which_no_plan_can_be_made_waits_unspent_beside_the_others(
    autojump_clock: MockClock,
) -> None:
    good = make_route(1)
    broken = attrs.evolve(make_route(2), destination_config=Unplannable())
    store = FakeDeliveryStore()
    store.add(*many(3, route_id=2, first=10))
    async with open_stage(FakeDestination(), good, broken, store=store) as stage:
        stage.arrive(*many(3))
        await stage.settled(lambda: len(store.delivered) == 3)
        await trio.sleep(100)
        assert sorted(store.pending) == [10, 11, 12]
        stage.routes.put(make_route(2))
        await stage.dispatcher.reload_routes()
        stage.dispatcher.routes_changed()
        await stage.settled(lambda: not store.pending)


def test_a_plan_that_cannot_be_made_says_so() -> None:
    route = attrs.evolve(make_route(2), destination_config=Unplannable())
    plan = LanePlan.of(route, WebhookDefaults())
    assert plan.is_broken
    assert not plan.may_be_attempted
    assert plan.route is route
