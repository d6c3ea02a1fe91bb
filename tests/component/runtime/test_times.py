"""Whatever time comes from outside, it can be told in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.times import EARLIEST, LATEST, in_utc

OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
TIMES = st.datetimes(timezones=st.none() | OFFSETS | st.just(UTC))
ENDS = st.sampled_from([EARLIEST, LATEST])


@given(TIMES | st.builds(lambda end, zone: end.replace(tzinfo=zone), ENDS, OFFSETS))
def test_every_time_can_be_told_in_utc_and_written(time: datetime) -> None:
    told = in_utc(time)
    assert told.tzinfo is UTC
    assert EARLIEST <= told <= LATEST
    assert msgspec.json.encode(told).endswith(b'Z"')


@given(st.datetimes(timezones=OFFSETS))
def test_a_time_that_can_be_told_stays_the_same_moment(time: datetime) -> None:
    told = in_utc(time)
    assert told == time or told in (EARLIEST, LATEST)
