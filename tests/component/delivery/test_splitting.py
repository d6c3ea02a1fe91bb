"""Batches that are refused: only what is refused by itself is buried, and the rest goes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.delivery.receiver.terms import REMEMBERED_SECONDS
from pulse_router.delivery.window import weight_in_batch
from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.destinations import WebhookDefaults, parse_webhook
from pulse_router.domain.lanes.halving import EXTRA_REQUESTS
from pulse_router.domain.routes import Route
from pulse_router.domain.webhook_config import BATCH_BYTES
from pulse_router.webhook.requests import PreparedWebhook
from tests.support.delivery.deliveries import FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import Stage, many, open_stage


def refused(status: int = 422) -> Outcome:
    return Outcome(Verdict.DEAD, error=f"HTTP {status}", status=status, is_too_large=status == 413)


class Picky(FakeDestination):
    """An endpoint that judges a whole batch."""

    def __init__(
        self, judge: Callable[[Sequence[Delivery]], Outcome], seconds: float = 0.01
    ) -> None:
        super().__init__(seconds=lambda _: seconds)
        self._judge = judge
        self.taken: list[int] = []

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:
        await super().deliver_batch(deliveries, route)
        outcome = self._judge(deliveries)
        if outcome is DELIVERED:
            self.taken += [delivery.id for delivery in deliveries]
        return outcome

    @classmethod
    def refusing(cls, unwanted: Collection[int], status: int = 422) -> Picky:
        return cls(
            lambda batch: (
                refused(status) if any(each.id in unwanted for each in batch) else DELIVERED
            )
        )


def batch_route(size: int = 100, *, ordered: bool = False) -> Route:
    return make_route(1, batch={"max_messages": size, "max_wait_ms": 20}, ordered=ordered)


async def deliver_all(stage: Stage, *deliveries: Delivery) -> None:
    stage.arrive(*deliveries)
    await stage.settled(lambda: not stage.store.pending)


# What is in it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 422, 451])
@pytest.mark.parametrize("ordered", [False, True])
async def test_of_a_batch_that_is_refused_only_what_is_refused_by_itself_is_buried(
    autojump_clock: MockClock, status: int, *, ordered: bool
) -> None:
    destination = Picky.refusing({37}, status)
    async with open_stage(destination, batch_route(ordered=ordered)) as stage:
        await deliver_all(stage, *many(100))
    assert set(stage.store.buried) == {37}
    assert stage.store.buried[37].error == f"HTTP {status}"
    assert stage.store.buried[37].attempts == 1
    assert sorted(destination.taken) == [n for n in range(1, 101) if n != 37], "none comes twice"
    assert len(destination.batches) <= 2 * math.ceil(math.log2(100)) + 2
    if ordered:
        assert destination.taken == sorted(destination.taken)


@given(
    count=st.integers(1, 60),
    unwanted=st.sets(st.integers(1, 60)),
    size=st.integers(1, 40),
    ordered=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_refused_the_rest_is_delivered_once_and_within_the_bound(
    count: int, unwanted: set[int], size: int, ordered: bool
) -> None:
    destination = Picky.refusing(unwanted)

    async def main() -> None:
        async with open_stage(destination, batch_route(size, ordered=ordered)) as stage:
            await deliver_all(stage, *many(count))
            assert set(stage.store.buried) == unwanted & set(range(1, count + 1))

    trio.run(main, clock=MockClock(autojump_threshold=0))
    wanted = [number for number in range(1, count + 1) if number not in unwanted]
    assert sorted(destination.taken) == wanted
    if ordered:
        assert destination.taken == wanted
    # So many requests more than one for each message, of each batch; the first may be small.
    batches = math.ceil(count / size) + 2
    assert len(destination.batches) <= count + batches * EXTRA_REQUESTS


async def test_where_all_is_refused_the_search_ends_and_each_goes_by_itself(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    store.add(*many(1000))
    destination = Picky(lambda _: refused(401))
    async with open_stage(destination, batch_route(1000, ordered=True), store=store) as stage:
        await stage.settled(lambda: not store.pending)
    assert len(store.buried) == 1000
    # The first looks at the table bring little.
    assert len(destination.batches) <= 1000 + 8 * EXTRA_REQUESTS


async def test_an_endpoint_that_is_gone_takes_no_parts(autojump_clock: MockClock) -> None:
    gone = Outcome(Verdict.DEAD, error="HTTP 410", status=410, disable_route=True)
    destination = Picky(lambda _: gone)
    async with open_stage(destination, batch_route()) as stage:
        await deliver_all(stage, *many(50))
    assert len(stage.store.buried) == 50
    assert (len(destination.batches), stage.store.disabled) == (1, [1])


async def test_a_destination_that_is_not_valid_is_not_asked_for_parts(
    autojump_clock: MockClock,
) -> None:
    destination = Picky(lambda _: Outcome(Verdict.DEAD, error="not valid"))
    async with open_stage(destination, batch_route()) as stage:
        await deliver_all(stage, *many(50))
    assert len(destination.batches) == 1


async def test_parts_that_fail_are_tried_again_in_their_order_and_nothing_is_lost(
    autojump_clock: MockClock,
) -> None:
    failures = iter([False, False, True, False, True])

    def judge(batch: Sequence[Delivery]) -> Outcome:
        if len(batch) < 50 and next(failures, False):
            return FAILED
        return refused() if any(each.id == 9 for each in batch) else DELIVERED

    destination = Picky(judge)
    async with open_stage(destination, batch_route(ordered=True)) as stage:
        await deliver_all(stage, *many(100))
    assert set(stage.store.buried) == {9}
    assert destination.taken == [n for n in range(1, 101) if n != 9]


async def test_parts_wait_where_the_endpoint_pushes_back(autojump_clock: MockClock) -> None:
    busy = Outcome(Verdict.RETRY, error="HTTP 429", status=429, retry_after_seconds=60.0)
    answers = iter([refused(), busy])
    destination = Picky(lambda _: next(answers, DELIVERED))
    async with open_stage(destination, batch_route(ordered=True)) as stage:
        began_at = trio.current_time()
        stage.arrive(*many(100))
        await trio.sleep(50)
        assert len(destination.batches) == 2
        await stage.settled(lambda: not stage.store.pending)
        assert trio.current_time() - began_at >= 60
    assert sorted(destination.taken) == list(range(1, 101))


async def test_parts_of_a_route_that_is_paused_go_out_when_it_goes_on(
    autojump_clock: MockClock,
) -> None:
    destination = Picky.refusing({7}, 422)
    async with open_stage(destination, batch_route()) as stage:
        stage.arrive(*many(100))
        await trio.sleep(0.035)
        assert destination.batches
        stage.routes.put(make_route(1, enabled=False))
        await stage.dispatcher.reload_routes()
        await trio.sleep(5)
        stage.routes.put(batch_route())
        await stage.dispatcher.reload_routes()
        stage.dispatcher.routes_changed()
        await stage.settled(lambda: not stage.store.pending)
    assert sorted(destination.taken) == [n for n in range(1, 101) if n != 7]


# How large it is ----------------------------------------------------------------------------------


def too_large_beyond(size: int) -> Picky:
    return Picky(
        lambda batch: refused(413) if sum(map(weight_in_batch, batch)) > size else DELIVERED
    )


async def test_what_is_too_large_goes_out_in_halves_and_the_size_that_passed_is_kept_for_an_hour(
    autojump_clock: MockClock,
) -> None:
    size = 30 * weight_in_batch(make_delivery(1))
    destination = too_large_beyond(size)
    async with open_stage(destination, batch_route(ordered=True)) as stage:
        await deliver_all(stage, *many(100))
        assert not stage.store.buried
        assert [len(batch) for batch in destination.batches][:3] == [100, 50, 25]
        requests = len(destination.batches)
        await deliver_all(stage, *many(500, first=1000))
        assert len(destination.batches) - requests == 20, "25 at once, and none is refused"
        await trio.sleep(REMEMBERED_SECONDS)
        requests = len(destination.batches)
        await deliver_all(stage, *many(100, first=5000))
        assert len(destination.batches[requests]) == 100, "it is asked once more"
    assert not stage.store.buried
    assert len(destination.taken) == len(set(destination.taken)) == 700


async def test_what_is_too_large_by_itself_is_buried_and_the_others_are_delivered(
    autojump_clock: MockClock,
) -> None:
    large = make_delivery(50, payload='{"x":"' + "x" * 10_000 + '"}')
    destination = too_large_beyond(5_000)
    async with open_stage(destination, batch_route(ordered=True)) as stage:
        await deliver_all(stage, *many(49), large, *many(49, first=51))
    assert set(stage.store.buried) == {50}
    assert destination.taken == [n for n in range(1, 100) if n != 50]


async def test_a_size_is_forgotten_with_the_destination_it_was_learnt_of(
    autojump_clock: MockClock,
) -> None:
    destination = too_large_beyond(10 * weight_in_batch(make_delivery(1)))
    async with open_stage(destination, batch_route()) as stage:
        await deliver_all(stage, *many(100))
        stage.routes.put(batch_route(99))
        await stage.dispatcher.reload_routes()
        await deliver_all(stage, *many(99, first=1000))
        assert len(destination.batches) > 20
        assert 99 in [len(batch) for batch in destination.batches]


# What it weighs -----------------------------------------------------------------------------------

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789_.:-", min_size=1, max_size=128)
PAYLOADS = st.one_of(
    st.integers(0, 70_000).map(lambda size: '{"x":"' + "x" * size + '"}'),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500).map(
        lambda text: '{"x":"' + text.replace("\\", "").replace('"', "") + '"}'
    ),
)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES, PAYLOADS), min_size=1, max_size=20))
@settings(deadline=None)
def test_a_body_weighs_no_more_than_is_reckoned(rows: list[tuple[str, str, str, str]]) -> None:
    route = batch_route()
    webhook = PreparedWebhook(parse_webhook(route.destination_config, (), WebhookDefaults()), route)
    batch = [
        make_delivery(
            2**63 - number,
            tenant_id=tenant,
            device_id=device,
            topic=f"tenant/{tenant}/device/{device}/{kind}",
            payload=payload,
        )
        for number, (tenant, device, kind, payload) in enumerate(rows, start=1)
    ]
    bodies = [webhook.bodies.in_batch(delivery, None) for delivery in batch]
    request = webhook.batch_request(batch, bodies, message_id="x", unix_seconds=0)
    body = request.partition(b"\r\n\r\n")[2]
    reckoned = sum(map(weight_in_batch, batch))
    assert len(body) <= reckoned <= 1.2 * len(body) + 300 * len(batch)


async def test_no_body_weighs_more_than_a_megabyte(autojump_clock: MockClock) -> None:
    destination = Picky(lambda _: DELIVERED)
    tiny = [make_delivery(n, payload="{}") for n in range(1, 5001)]
    async with open_stage(destination, batch_route(1000)) as stage:
        await deliver_all(stage, *tiny)
    weights = {
        number: weight_in_batch(make_delivery(number, payload="{}")) for number in range(1, 5001)
    }
    assert max(sum(weights[n] for n in batch) for batch in destination.batches) <= BATCH_BYTES
