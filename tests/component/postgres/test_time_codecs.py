"""Times are read whatever the server sends, and come back as they were written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.postgres.codecs import TimeCodec, decode_date, encode_date
from pulse_router.runtime.times import EARLIEST, LATEST


@given(st.datetimes(timezones=st.just(UTC)) | st.sampled_from([EARLIEST, LATEST]))
def test_every_time_comes_back_as_it_was_written(time: datetime) -> None:
    assert TimeCodec.decode(TimeCodec().encode(time)) == time


@given(st.integers(-(2**63), 2**63 - 1))
def test_whatever_the_server_sends_is_an_aware_time(microseconds: int) -> None:
    time = TimeCodec.decode((microseconds,))
    assert time.tzinfo is UTC
    assert EARLIEST <= time <= LATEST


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=20), st.booleans())
def test_one_that_is_remembered_is_never_written_in_place_of_another(
    times: list[datetime], doubled: bool
) -> None:
    codec = TimeCodec()
    sent = [time for time in times for _ in range(1 + doubled)]
    assert [codec.decode(codec.encode(time)) for time in sent] == sent


def test_a_time_without_an_offset_is_a_bug() -> None:
    with pytest.raises(TypeError):
        TimeCodec().encode(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is tried


@given(st.dates())
def test_every_date_comes_back_as_it_was_written(day: date) -> None:
    assert decode_date(encode_date(day)) == day


@given(st.integers(-(2**31), 2**31 - 1))
def test_whatever_the_server_sends_is_a_date(days: int) -> None:
    assert date.min <= decode_date((days,)) <= date.max
