"""The laws of pace: whatever a receiver says, nothing breaks, and nothing is slowed for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.lanes.pace import (
    CUT,
    LONGEST_RECOVERY,
    SLOWEST_INTERVAL,
    Pace,
    RateSetting,
)
from pulse_router.domain.retry import MAX_RETRY_AFTER_SECONDS, RetryPolicy

RETRY = RetryPolicy()
FIRST_AT = 1000.0


def push_back(pace: Pace, now: float, *, asked: float | None = None, begun_at: float) -> float:
    return pace.pushed_back(now, begun_at=begun_at, asked=asked, random=0.5, retry=RETRY)


def exchange(pace: Pace, now: float, asked: float | None = None) -> None:
    """One request that begins and is let in; or, when a time is given, pushed back."""
    pace.begun(now, in_flight=0, setting=None)
    if asked is None:
        pace.passed(now + 0.01, begun_at=now)
    else:
        push_back(pace, now + 0.01, asked=asked, begun_at=now)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["begun", "passed", "pushed back"]),
        st.floats(0, 10_000),
        st.one_of(st.none(), st.floats(0, MAX_RETRY_AFTER_SECONDS)),
        st.booleans(),
    ),
    max_size=60,
)
SETTINGS = st.one_of(
    st.none(), st.builds(RateSetting, st.floats(0.0001, 100_000), st.integers(1, 100_000))
)


@given(EVENTS, SETTINGS, st.floats(0, 1, exclude_max=True))
def test_whatever_happens_the_door_opens_in_good_time(
    events: list[tuple[str, float, float | None, bool]],
    setting: RateSetting | None,
    random: float,
) -> None:
    pace, now, begun_at = Pace(), FIRST_AT, FIRST_AT
    longest = max(MAX_RETRY_AFTER_SECONDS, RETRY.max_seconds) + 1
    for kind, after, asked, is_old in events:
        now += after
        if kind == "begun":
            begun_at = now = max(now, pace.opens_at)
            pace.begun(now, in_flight=0, setting=setting)
        elif kind == "passed":
            pace.passed(now, begun_at=FIRST_AT if is_old else begun_at)
        else:
            hold = pace.pushed_back(
                now,
                begun_at=FIRST_AT if is_old else begun_at,
                asked=asked,
                random=random,
                retry=RETRY,
            )
            assert (asked or 0.0) <= hold + 1e-6 <= longest
        rate = pace.rate(now)
        assert rate is None or rate > 0
        assert pace.held_until <= pace.opens_at or pace.held_until <= now
        slowest = SLOWEST_INTERVAL / (1 - CUT)
        by_setting = 0 if setting is None else len(events) / setting.per_second
        assert pace.opens_at - now <= max(longest, slowest + 1) + by_setting
    # And what was learnt is unlearnt, when nothing is refused any more.
    later = pace.rate(now + 40 * LONGEST_RECOVERY)
    assert later is None or later > 1


def test_where_nothing_is_refused_nothing_is_slowed() -> None:
    pace = Pace()
    for number in range(1000):
        exchange(pace, FIRST_AT + number / 1000)
    assert pace.opens_at == 0
    assert pace.rate(FIRST_AT + 1) is None


@pytest.mark.parametrize("random", [0.0, 0.5, 0.999])
def test_without_a_word_it_waits_by_the_routes_own_numbers(random: float) -> None:
    pace, now = Pace(), FIRST_AT
    retry = RetryPolicy(initial_seconds=2, max_seconds=20, multiplier=3)
    for ceiling in (2, 6, 18, 20, 20):
        pace.begun(now, in_flight=0, setting=None)
        hold = pace.pushed_back(now, begun_at=now, asked=None, random=random, retry=retry)
        assert ceiling / 2 <= hold <= ceiling
        now = pace.opens_at


def test_of_a_wave_one_counts_and_the_longest_time_holds() -> None:
    pace = Pace()
    for number in range(10):
        pace.begun(FIRST_AT, in_flight=number, setting=None)
    for number in range(10):
        push_back(pace, FIRST_AT + 1 + number, asked=5.0, begun_at=FIRST_AT)
    assert pace.refusals == 1
    assert pace.held_until == FIRST_AT + 15
    pace.passed(FIRST_AT + 12, begun_at=FIRST_AT)  # it had begun before the door was closed
    assert pace.refusals == 1


def test_the_rate_is_what_passed_until_the_door_was_found_open() -> None:
    pace = Pace()
    for number in range(60):
        exchange(pace, FIRST_AT + number / 100)
    exchange(pace, FIRST_AT + 1, asked=59.0)
    exchange(pace, FIRST_AT + 60.01)
    rate = pace.rate(FIRST_AT + 60.02)
    assert rate is not None
    assert 0.8 < rate < 1.0, "sixty a minute, and a little less at first"
    assert pace.opens_at == pytest.approx(FIRST_AT + 60.02 + 1 / rate, abs=0.1)


def test_time_in_which_nothing_waited_tells_nothing_of_the_rate() -> None:
    pace = Pace()
    for number in range(20):
        exchange(pace, FIRST_AT + number / 100)
    at = FIRST_AT + 10_000
    for number in range(20):
        exchange(pace, at + number / 100)
    exchange(pace, at + 1, asked=1.0)
    exchange(pace, at + 2.01)
    rate = pace.rate(at + 2.02)
    assert rate is not None
    assert 5 < rate < 15
