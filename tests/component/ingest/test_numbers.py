"""Numbers keep what they say, in the one form that PostgreSQL gives back."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.ingest.numbers import settle
from pulse_router.ingest.payload import decode_payload

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(FLOATS)
def test_a_number_says_what_it_said(number: float) -> None:
    metrics = {"n": number}
    settle(metrics)
    assert float(metrics["n"]) == number
    assert math.copysign(1, metrics["n"]) == 1 or number < 0
    settled = msgspec.json.encode(metrics)
    settle(metrics)
    assert msgspec.json.encode(metrics) == settled


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("3.4028235e38", "34028235" + 31 * "0"),
        ("1e22", "1" + 22 * "0"),
        ("1e16", "1" + 16 * "0"),
        ("-1.5e16", "-15" + 15 * "0"),
        ("-0.0", "0.0"),
        ("1e15", "1000000000000000.0"),
        ("1e-7", "1e-7"),
        ('[[{"a":-0.0}]]', '[[{"a":0.0}]]'),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ],
)
def test_forms(sent: str, written: str) -> None:
    value = msgspec.json.decode(f"[{sent}]")
    settle(value)
    assert msgspec.json.encode(value).decode() == f"[{written}]"


@pytest.mark.parametrize("more", ["", ',"x":1'])
@given(st.lists(FLOATS, min_size=1, max_size=3))
def test_a_payload_s_numbers_are_settled(more: str, numbers: list[float]) -> None:
    fields = ",".join(f'"m{place}":{number!r}' for place, number in enumerate(numbers))
    named, extra, _ = decode_payload(f'{{"metrics":{{{fields}}}{more}}}'.encode())
    expected = {f"m{place}": number for place, number in enumerate(numbers)}
    settle(expected)
    assert msgspec.json.encode(named.metrics) == msgspec.json.encode(expected)
    assert extra == ({"x": 1} if more else None)
