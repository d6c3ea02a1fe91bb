"""The laws of latency figures: percentiles within a tenth, and old attempts fade."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.route_stats import REMEMBERED, LatencyHistogram


def histogram_of(*seconds: float) -> LatencyHistogram:
    histogram = LatencyHistogram()
    for each in seconds:
        histogram.note(each)
    return histogram


def test_without_attempts_there_are_no_figures() -> None:
    assert LatencyHistogram().figures() is None


def test_percentiles_are_those_of_the_attempts() -> None:
    figures = histogram_of(*[0.010] * 90, *[0.1] * 8, *[2.0] * 2).figures()
    assert figures is not None
    assert figures.attempts == 100
    assert figures.p50_seconds == pytest.approx(0.010, rel=0.15)
    assert figures.p95_seconds == pytest.approx(0.1, rel=0.15)
    assert figures.p99_seconds == pytest.approx(2.0, rel=0.15)


@given(st.lists(st.floats(min_value=0, max_value=10_000), min_size=1, max_size=60))
def test_a_percentile_is_told_within_a_step(seconds: list[float]) -> None:
    figures = histogram_of(*seconds).figures()
    assert figures is not None
    middle = sorted(seconds)[max(0, -(-len(seconds) // 2) - 1)]
    if 0.001 < middle < 300:
        assert figures.p50_seconds == pytest.approx(middle, rel=0.2)
    assert figures.p50_seconds <= figures.p95_seconds <= figures.p99_seconds


def test_old_attempts_fade_and_the_memory_is_bounded() -> None:
    histogram = histogram_of(*[5.0] * 5_000)
    for _ in range(20 * REMEMBERED):
        histogram.note(0.01)
    figures = histogram.figures()
    assert figures is not None
    assert figures.attempts <= REMEMBERED
    assert figures.p99_seconds < 0.02
