"""What PostgreSQL will not have written of one delivery holds up no other."""

from __future__ import annotations

from typing import cast

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import MockClock

from pulse_router.delivery.ends import PLAIN_LENGTH, End
from pulse_router.delivery.fetcher import REFUSED_SECONDS as FETCH_AGAIN_SECONDS
from pulse_router.delivery.lane import Lane
from pulse_router.delivery.settler import REFUSED_SECONDS
from pulse_router.domain.deliveries import (
    AttemptRecord,
    Burial,
    Delivery,
    Outcome,
    Reschedule,
    Settlement,
    Verdict,
)
from pulse_router.domain.errors import ConstraintViolated, DataRefused
from pulse_router.domain.routes import Route
from tests.support.delivery.deliveries import NOON, FakeDeliveryStore, make_delivery, make_route
from tests.support.delivery.destinations import DEAD, DELIVERED, FAILED, FakeDestination
from tests.support.delivery.stage import many, open_stage

POISON = 3
CURSED = "\u4e2d"


def refuse_cursed(settlement: Settlement) -> None:
    """A database that cannot hold a character."""
    made: list[Reschedule | Burial] = [*settlement.rescheduled, *settlement.buried]
    for each in made:
        said = each.error + (each.record.error + each.record.response if each.record else "")
        if CURSED in said:
            raise DataRefused("no such character here", sqlstate="22P05")


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.DEAD])
async def test_an_end_that_cannot_be_written_is_written_in_plain_words_and_nobody_waits(
    autojump_clock: MockClock, verdict: Verdict
) -> None:
    def respond(delivery: Delivery, _route: Route, attempt: int) -> Outcome:
        if delivery.id != POISON or attempt > 1:
            return DELIVERED
        return Outcome(verdict, error=f"said {CURSED}", status=500, response=CURSED)

    store = FakeDeliveryStore()
    store.refuse = refuse_cursed
    with capture_logs() as logs:
        async with open_stage(FakeDestination(respond), make_route(1), store=store) as stage:
            stage.arrive(*many(9))
            await stage.settled(lambda: len(store.delivered) >= 8)
            assert trio.current_time() < 1
            await stage.settled(lambda: not store.pending)
            if verdict is Verdict.DEAD:
                assert store.buried[POISON].error == "said \\u4e2d"
            assert stage.problems == []
    assert [line["delivery_id"] for line in logs if line["log_level"] == "error"] == [POISON]


@pytest.mark.parametrize("outcome", [DELIVERED, FAILED, DEAD])
async def test_an_end_that_can_be_written_in_no_words_stays_pending_and_rests(
    autojump_clock: MockClock, outcome: Outcome
) -> None:
    destination = FakeDestination(
        lambda delivery, *_: outcome if delivery.id == POISON else DELIVERED
    )
    store = FakeDeliveryStore()
    is_refusing = True

    def refuse(settlement: Settlement) -> None:
        made = [each.delivery_id for each in settlement.rescheduled]
        made += [each.delivery.id for each in settlement.buried]
        if is_refusing and POISON in (*settlement.delivered, *made):
            raise ConstraintViolated("somebody's trigger", constraint=None)

    store.refuse = refuse
    async with open_stage(destination, make_route(1), store=store) as stage:
        stage.arrive(*many(9))
        await stage.settled(lambda: len(store.delivered) == 8)
        assert trio.current_time() < 1
        await trio.sleep(REFUSED_SECONDS * 0.9)
        assert destination.attempted.count(POISON) == 1
        await trio.sleep(REFUSED_SECONDS * 0.2)
        assert destination.attempted.count(POISON) == 2
        assert list(store.pending) == [POISON]
        is_refusing = False
        await trio.sleep(REFUSED_SECONDS * 2)
        assert not store.pending


async def test_a_route_whose_rows_cannot_be_fetched_keeps_no_other_from_the_table(
    autojump_clock: MockClock,
) -> None:
    store = FakeDeliveryStore()
    cursed = set(range(10, 30))

    def refuse_fetch(route_id: int) -> None:
        if route_id in cursed:
            raise DataRefused("cannot subtract infinite timestamps", sqlstate="22008")

    store.refuse_fetch = refuse_fetch
    for route_id in (1, *cursed):
        store.add(make_delivery(route_id, route_id=route_id))
    routes = [make_route(route_id) for route_id in (1, *cursed)]
    async with open_stage(FakeDestination(), *routes, store=store) as stage:
        await stage.settled(lambda: 1 in store.delivered)
        assert trio.current_time() < 1
        await trio.sleep(5)
        assert store.fetches < 60
        cursed.clear()
        await trio.sleep(2 * FETCH_AGAIN_SECONDS)
        assert not store.pending


RECORDS = st.builds(AttemptRecord, st.just(NOON), st.none(), st.just(0.5), st.text(), st.text())
RESCHEDULES = st.builds(
    Reschedule, st.just(7), st.just(1), st.just(1.0), st.text(), st.none() | RECORDS
)
BURIALS = st.builds(
    Burial,
    st.just(make_delivery(7)),
    st.just(1),
    st.just("webhook"),
    st.dictionaries(st.text(), st.text()),
    st.text(),
    st.none() | RECORDS,
)


@given(RESCHEDULES | BURIALS)
def test_plain_words_are_ascii_and_short_and_of_the_same_delivery(
    decision: Reschedule | Burial,
) -> None:
    end = End(cast("Lane", None), decision).in_plain_words()
    assert end.delivery_id == 7
    plain = end.decision
    assert not isinstance(plain, int)
    assert plain.error.isascii()
    assert len(plain.error) <= PLAIN_LENGTH
    assert plain.record is None or (plain.record.error.isascii() and not plain.record.response)
    assert not isinstance(plain, Burial) or plain.destination_config == {}
