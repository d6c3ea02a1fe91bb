"""The laws of retrying: schedule, `Retry-After`, and what a status means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.deliveries import Verdict
from pulse_router.domain.retry import (
    MAX_RETRY_AFTER_SECONDS,
    RetryPolicy,
    classify_status,
    parse_asked_seconds,
    parse_retry_after,
)

NOW = datetime(2026, 2, 16, 12, 0, 0, tzinfo=UTC)
fractions = st.floats(0, 1, exclude_max=True)


def test_the_default_schedule_is_1_2_4_8_seconds_and_five_attempts() -> None:
    policy = RetryPolicy()
    assert [policy.delay_seconds(attempts, 1.0) for attempts in range(1, 5)] == [1, 2, 4, 8]
    assert [policy.allows_another(attempts) for attempts in (1, 4, 5, 6)] == [
        True,
        True,
        False,
        False,
    ]


@given(
    st.integers(1, 10**9),
    fractions,
    st.floats(0.01, 3600),
    st.floats(0.01, 86_400),
    st.floats(1, 100),
)
def test_a_delay_never_exceeds_its_cap_however_many_attempts(
    attempts: int, random: float, initial: float, highest: float, multiplier: float
) -> None:
    policy = RetryPolicy(10, initial, highest, multiplier)
    assert 0 <= policy.delay_seconds(attempts, random) <= highest


@given(st.integers(1, 1000), fractions, st.floats(0, 1e9))
def test_what_the_destination_asks_for_is_honoured_up_to_the_cap(
    attempts: int, random: float, asked: float
) -> None:
    delay = RetryPolicy().delay_seconds(attempts, random, retry_after_seconds=asked)
    assert delay >= min(asked, MAX_RETRY_AFTER_SECONDS)
    assert delay <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (Verdict.DELIVERED, [200, 201, 202, 204, 299]),
        (
            Verdict.RETRY,
            [300, 302, 303, 304, 307, 399, 408, 409, 423, 425, 429, 500, 502, 503, 504, 599],
        ),
        (Verdict.DEAD, [301, 308, 400, 401, 403, 404, 405, 410, 413, 418, 422, 451, 499]),
    ],
)
def test_what_a_status_means(verdict: Verdict, statuses: list[int]) -> None:
    assert {classify_status(status) for status in statuses} == {verdict}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999", MAX_RETRY_AFTER_SECONDS),
        ("9" * 10_000, MAX_RETRY_AFTER_SECONDS),
        ("Mon, 16 Feb 2026 12:01:00 GMT", 60.0),
        ("Mon, 16 Feb 2026 11:00:00 GMT", 0.0),
        ("Mon, 16 Feb 2099 11:00:00 GMT", MAX_RETRY_AFTER_SECONDS),
        ("-1", None),
        ("1.5", 1.5),
        ("1.", None),
        ("", None),
        ("soon", None),
        ("Mon, 99 Feb 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_in_all_its_forms(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_no_retry_after_header_is_an_error(value: str) -> None:
    seconds = parse_retry_after(value, NOW + timedelta(days=1))
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7", "x-ratelimit-reset": "9"}, 7.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "9"}, 9.0),
        ({"x-ratelimit-reset": "30"}, 30.0),
        ({"x-ratelimit-reset": f"{UNIX + 30}"}, 30.0),
        ({"x-ratelimit-reset": f"{UNIX - 30}"}, 0.0),
        ({"x-ratelimit-reset": f"{1000 * UNIX + 30_000}"}, 30.0),
        ({"x-ratelimit-reset": "9" * 15}, MAX_RETRY_AFTER_SECONDS),
        ({"x-ratelimit-reset": "9" * 10_000}, None),
        ({"ratelimit-reset": "5"}, 5.0),
        ({"x-ratelimit-reset-after": "0.25", "x-ratelimit-reset": "1"}, 0.25),
        ({"x-ratelimit-reset": "tomorrow"}, None),
    ],
)
def test_what_a_429_asks_for_in_the_fields_of_the_field(
    headers: dict[str, str], seconds: float | None
) -> None:
    fields = {name.encode(): value.encode() for name, value in headers.items()}
    assert parse_asked_seconds(429, fields, NOW) == seconds


def test_the_fields_of_rate_limits_say_nothing_beside_another_status() -> None:
    assert parse_asked_seconds(503, {b"x-ratelimit-reset": b"5"}, NOW) is None
    assert parse_asked_seconds(503, {b"retry-after": b"5"}, NOW) == 5


@given(st.text())
def test_no_field_of_rate_limits_is_an_error(value: str) -> None:
    seconds = parse_asked_seconds(429, {b"ratelimit-reset": value.encode("utf-8", "replace")}, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS
