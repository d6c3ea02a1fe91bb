"""A message of which no body can be made harms no other of its batch, and is no fault inside."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.delivery.attempts import LanePlan
from pulse_router.domain.deliveries import Delivery, Outcome
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.routes import Route
from pulse_router.domain.templates.limits import CannotRender
from tests.support.delivery.deliveries import make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FakeDestination
from tests.support.delivery.stage import many, open_stage

UNFIT = 3


class Unfit(FakeDestination):
    """A destination that can make no body of one delivery."""

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:  # noqa: ARG002 - the port's signature
        self.batches.append([delivery.id for delivery in deliveries])
        await trio.lowlevel.checkpoint()
        if len(deliveries) == 1:
            return DEAD if deliveries[0].id == UNFIT else DELIVERED
        if UNFIT in self.batches[-1]:
            raise CannotRender("a value in it is larger than 256 KiB")
        return DELIVERED


@pytest.mark.parametrize("ordered", [False, True])
async def test_an_unfit_message_is_buried_and_the_others_of_its_batch_are_delivered(
    autojump_clock: MockClock, ordered: bool
) -> None:
    route = make_route(1, batch={"max_messages": 10}, ordered=ordered)
    destination = Unfit()
    with capture_logs() as logs:
        async with open_stage(destination, route) as stage:
            stage.arrive(*many(5))
            await stage.settled(lambda: not stage.store.pending)
            assert sorted(stage.store.delivered) == [1, 2, 4, 5]
            assert stage.store.buried[UNFIT].attempts == 1
    assert destination.batches == [[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]
    assert not [log for log in logs if log["log_level"] == "error"]


def test_a_lane_has_its_settings_whatever_the_template_is() -> None:
    for template in ({"t": "{{ temperature }}"}, "{{ a( }}", "{{ secrets.gone }}"):
        route = make_route(1, format="template", template=template, batch={}, max_in_flight=3)
        plan = LanePlan.of(route, WebhookDefaults())
        assert (plan.concurrency, plan.batch is not None) == (3, True)
        assert plan.dead_config["template"] == template
