"""What is settled as delivered says what the destination answered, and how long that took."""

from __future__ import annotations

import trio

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import make_route
from tests.support.delivery.destinations import FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

BATCH = {"max_messages": 3, "max_wait_ms": 20}


def respond(delivery: Delivery, _route: Route, attempt: int) -> Outcome:
    if attempt == 1 and delivery.id % 2:
        return FAILED
    status = None if delivery.id == 4 else 200 + delivery.id
    return Outcome(Verdict.DELIVERED, status=status, duration_seconds=delivery.id / 100 + 0.0009)


async def test_each_delivery_is_settled_with_its_answer(
    autojump_clock: trio.testing.MockClock,
) -> None:
    del autojump_clock
    async with open_stage(FakeDestination(respond)) as stage:
        stage.arrive(*many(5))
        await stage.settled(lambda: not stage.store.pending)
    assert stage.store.answers == {
        number: (None if number == 4 else 200 + number, 10 * number) for number in range(1, 6)
    }


async def test_all_of_a_batch_have_the_answer_of_the_batch(
    autojump_clock: trio.testing.MockClock,
) -> None:
    del autojump_clock
    answer = Outcome(Verdict.DELIVERED, status=202, duration_seconds=0.25)
    destination = FakeDestination(lambda *_: answer)
    async with open_stage(destination, make_route(1, batch=BATCH)) as stage:
        stage.arrive(*many(6))
        await stage.settled(lambda: not stage.store.pending)
    assert len(destination.batches) == 2
    assert stage.store.answers == dict.fromkeys(range(1, 7), (202, 250))
