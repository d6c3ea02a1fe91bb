"""The laws of limits over time, whatever comes when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.rate_limit import MinuteCap, RateLimits, TokenBuckets

# Exact in binary, so that a window's sum is no matter of rounding.
steps = st.lists(st.integers(0, 64).map(lambda n: n / 16), min_size=1, max_size=80)
rates = st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0, 64.0])


def passed_at(buckets: TokenBuckets[str], waits: list[float], key: str = "D") -> list[float]:
    now, passed = 1_000.0, []
    for wait in waits:
        now += wait
        if buckets.has_token(key, now):
            buckets.take(key, now)
            passed.append(now)
    return passed


@given(waits=steps, rate=rates, burst=st.sampled_from([1.0, 2.0, 5.0, 16.0]))
def test_no_window_sees_more_than_its_burst_and_its_rate(
    waits: list[float], rate: float, burst: float
) -> None:
    passed = passed_at(TokenBuckets(rate, burst), waits)
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], start=first):
            assert last - first + 1 <= burst + rate * (end - begin) + 0.01


@given(waits=steps, rate=rates)
def test_who_keeps_to_the_rate_is_never_refused(waits: list[float], rate: float) -> None:
    patient = [wait + 1 / rate for wait in waits]
    assert len(passed_at(TokenBuckets(rate, 1), patient)) == len(waits)


@given(waits=steps, noise=st.integers(0, 5))
def test_one_key_takes_nothing_from_another(waits: list[float], noise: int) -> None:
    alone = passed_at(TokenBuckets(1.0, 2.0), waits)
    buckets = TokenBuckets[str](1.0, 2.0)
    now, passed = 1_000.0, []
    for wait in waits:
        now += wait
        passed_at(buckets, [now - 1_000.0] * noise, key="NOISY")
        if buckets.has_token("D", now):
            buckets.take("D", now)
            passed.append(now)
    assert passed == alone


def test_buckets_that_are_full_again_are_forgotten() -> None:
    buckets = TokenBuckets[int](10.0, 2.0)
    for number in range(100_000):
        buckets.take(number, number / 100)
        assert len(buckets) <= 1_024


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5)])
def test_a_bucket_that_could_never_be_used_is_an_error(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="rate must be above 0"):
        TokenBuckets(rate, burst)


def test_a_rate_of_zero_is_no_limit() -> None:
    limits = RateLimits(device_rate=0, tenant_rate=0)
    assert not limits.are_set
    assert [limits.take(("T", "D"), 0.0) for _ in range(1_000)] == [None] * 1_000


def test_a_burst_is_twice_the_rate_and_at_least_two() -> None:
    for rate, burst in [(0.1, 2), (1, 2), (5, 10)]:
        limits = RateLimits(device_rate=rate, tenant_rate=0)
        answers = [limits.take(("T", "D"), 7.0) for _ in range(burst + 1)]
        assert answers == [None] * burst + ["device"]


def test_a_noisy_device_is_refused_before_it_uses_up_its_tenants_share() -> None:
    limits = RateLimits(device_rate=1, tenant_rate=4)
    noisy = [limits.take(("T", "NOISY"), 0.0) for _ in range(100)]
    assert noisy.count(None) == 2
    assert set(noisy[2:]) == {"device"}
    others = [limits.take(("T", f"D{number}"), 0.0) for number in range(7)]
    assert others == [None] * 6 + ["tenant"]


def test_what_the_tenants_limit_refuses_costs_the_device_nothing() -> None:
    limits = RateLimits(device_rate=1, tenant_rate=1)
    assert [limits.take(("T", f"D{number}"), 0.0) for number in range(3)] == [None, None, "tenant"]
    assert [limits.take(("T", "D2"), 0.0) for _ in range(5)] == ["tenant"] * 5
    assert [limits.take(("T", "D2"), 10.0) for _ in range(2)] == [None, None]


def test_one_tenants_flood_leaves_another_its_own() -> None:
    limits = RateLimits(device_rate=0, tenant_rate=10)
    flood = [limits.take(("NOISY", "D"), 0.0) for _ in range(1_000)]
    assert flood.count(None) == 20
    assert [limits.take(("QUIET", "D"), 0.0) for _ in range(20)] == [None] * 20


@given(
    kinds=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), max_size=200),
    limit=st.integers(1, 5),
)
def test_a_cap_admits_so_many_of_a_kind_each_minute(
    kinds: list[tuple[str, int]], limit: int
) -> None:
    cap = MinuteCap[str](limit)
    now, admitted = 0.0, dict[tuple[str, float], int]()
    came = dict[tuple[str, float], int]()
    for kind, wait in kinds:
        now += wait
        slot = kind, now // 60
        came[slot] = came.get(slot, 0) + 1
        admitted[slot] = admitted.get(slot, 0) + cap.admits(kind, now)
        assert len(cap) <= 3
    assert admitted == {slot: min(count, limit) for slot, count in came.items()}


def test_a_tenant_with_a_rate_of_its_own_has_that_and_others_keep_theirs() -> None:
    limits = RateLimits(device_rate=0, tenant_rate=1)
    limits.change(device_rate=0, tenant_rate=1, own={"FAST": 2, "FREE": 0})

    def passed(tenant_id: str) -> int:
        return sum(limits.take((tenant_id, "D"), 0.0) is None for _ in range(100))

    assert (passed("SLOW"), passed("FAST"), passed("FREE")) == (2, 4, 100)
    limits.change(device_rate=0, tenant_rate=1, own={"FAST": 2})
    assert (passed("SLOW"), passed("FAST"), passed("FREE")) == (0, 0, 2)
    limits.change(device_rate=0, tenant_rate=0, own={"FAST": 3})
    assert limits.are_set
    assert (passed("SLOW"), passed("FAST")) == (100, 6)


@given(waits=steps, rate=rates)
def test_who_waits_as_long_as_is_said_finds_a_token(waits: list[float], rate: float) -> None:
    buckets = TokenBuckets[str](rate, 2.0)
    now = 1_000.0
    for wait in waits:
        now += wait
        now += buckets.seconds_to_token("D", now) + 1e-6  # what adding it rounds away
        assert buckets.has_token("D", now)
        buckets.take("D", now)
        assert 1 - 1e-6 <= buckets.taken("D", now) <= 2 + 0.01
