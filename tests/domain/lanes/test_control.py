"""Concurrency and breaker as values: how they grow, halve, open, probe and close."""

from __future__ import annotations

import heapq

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.lanes.control import (
    FIRST_LIMIT,
    OPENS_AFTER,
    PROBE_SECONDS,
    PROBES_PER_SECOND,
    SLOW_SECONDS,
    Breaker,
    Concurrency,
    Health,
    ProbePlaces,
    Trust,
)


def grown(limit: int) -> Concurrency:
    return Concurrency(limit)


def failing(times: int, *, now: float = 0.0) -> Health:
    health = Health()
    for _ in range(times):
        health = health.failed(begun_in=health.concurrency.round, now=now)
    return health


def test_the_limit_grows_by_one_per_limits_worth_of_successes() -> None:
    concurrency = Concurrency()
    limits = []
    for _ in range(2 + 3 + 4):
        concurrency = concurrency.succeeded(was_full=True, most=100)
        limits.append(concurrency.limit)
    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 5]


def test_a_limit_that_was_never_used_up_does_not_grow() -> None:
    concurrency = Concurrency()
    for _ in range(100):
        concurrency = concurrency.succeeded(was_full=False, most=100)
    assert concurrency.limit == FIRST_LIMIT


def test_a_failure_halves_once_for_all_that_were_under_way_together() -> None:
    concurrency = grown(16)
    begun_in = concurrency.round
    for _ in range(16):
        concurrency = concurrency.failed(begun_in=begun_in)
    assert concurrency.limit == 8
    assert concurrency.failed(begun_in=concurrency.round).limit == 4


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=300), st.integers(1, 64))
def test_the_limit_stays_within_one_and_the_most(ends: list[tuple[bool, int]], most: int) -> None:
    concurrency = Concurrency()
    for succeeded, rounds_ago in ends:
        concurrency = (
            concurrency.succeeded(was_full=True, most=most)
            if succeeded
            else concurrency.failed(begun_in=concurrency.round - rounds_ago)
        )
        assert 1 <= concurrency.limit <= max(most, FIRST_LIMIT)


def test_the_breaker_opens_at_the_tenth_failure_in_a_row_and_closes_on_success() -> None:
    breaker = Breaker()
    for _ in range(OPENS_AFTER - 1):
        breaker = breaker.failed(7.0)
    assert not breaker.is_open
    assert not breaker.succeeded().failed(7.0).is_open
    breaker = breaker.failed(7.0)
    assert breaker.is_open
    assert breaker.probe_at == 7.0 + PROBE_SECONDS
    assert not breaker.succeeded().is_open


def test_an_open_breaker_lets_one_probe_through_every_five_seconds() -> None:
    health = failing(OPENS_AFTER, now=0.0)
    begun = []
    for tick in range(400):
        now = tick / 10
        if health.may_begin(in_flight=0, most=8, now=now):
            begun.append(now)
            health = health.begun(now).failed(begun_in=health.concurrency.round, now=now)
    assert begun == [5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0]


def test_no_probe_begins_while_another_is_under_way() -> None:
    assert not failing(OPENS_AFTER).may_begin(in_flight=1, most=8, now=1000.0)


def test_after_the_breaker_has_closed_the_lane_starts_small() -> None:
    health = failing(OPENS_AFTER).succeeded(was_full=True, most=32, seconds=0.01)
    assert health.may_begin(in_flight=0, most=32, now=0.0)
    assert not health.may_begin(in_flight=health.concurrency.limit, most=32, now=0.0)
    assert health.concurrency.limit <= FIRST_LIMIT


def test_a_refusal_of_the_delivery_says_nothing_against_the_endpoint() -> None:
    health = Health()
    for _ in range(100):
        health = health.refused(seconds=0.01)
    assert (health.trust, health.breaker.is_open) == (Trust.TRUSTED, False)
    assert health.concurrency == Concurrency()


def test_trust_comes_with_a_quick_answer_and_goes_with_failure_and_slowness() -> None:
    assert Health().trust is Trust.UNKNOWN
    good = Health().succeeded(was_full=False, most=8, seconds=0.1)
    assert good.trust is Trust.TRUSTED
    assert good.slow().trust is Trust.SUSPECT
    assert good.failed(begun_in=0, now=0.0).trust is Trust.SUSPECT
    late = good.succeeded(was_full=False, most=8, seconds=SLOW_SECONDS)
    assert late.trust is Trust.SUSPECT


@given(st.integers(0, 100), st.integers(1, 64), st.integers(1, 64))
def test_no_more_begins_than_limit_and_route_allow(in_flight: int, limit: int, most: int) -> None:
    health = Health(grown(limit), trust=Trust.TRUSTED)
    assert health.may_begin(in_flight=in_flight, most=most, now=0.0) == (
        in_flight < min(limit, most)
    )


def test_an_endpoint_that_nobody_knows_gets_one_attempt_to_begin_with() -> None:
    assert Health().may_begin(in_flight=0, most=8, now=0.0)
    assert not Health().may_begin(in_flight=1, most=8, now=0.0)


def test_probes_of_one_tenant_put_off_none_of_another() -> None:
    places = ProbePlaces()
    loud = [places.take(5.0, tenant="LOUD") for _ in range(10_000)]
    assert places.take(5.0, tenant="QUIET") <= 5.0 + 2 / PROBES_PER_SECOND
    assert loud[-1] >= 10_000 / PROBES_PER_SECOND


def test_all_probes_together_are_no_more_than_so_many_a_second() -> None:
    """All endpoints of all tenants are dead since the same moment."""
    places = ProbePlaces()
    probes = [(100.0, f"TENANT{number}") for number in range(500)]
    made: list[float] = []
    while probes[0][0] < 200:
        now, name = heapq.heappop(probes)
        made.append(now)
        heapq.heappush(probes, (places.take(now + PROBE_SECONDS, tenant=name), name))
    late = [at for at in made if at > 120]
    assert len(late) / 80 <= 1.05 * PROBES_PER_SECOND
    most = max(sum(at <= other < at + 1 for other in late) for at in late)
    assert most <= 3 * PROBES_PER_SECOND, "they wanted theirs together"
