"""What a route may say of its lane."""

from __future__ import annotations

import pytest

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.destinations import WebhookDefaults, parse_webhook
from pulse_router.domain.lanes.pace import RateSetting
from pulse_router.domain.lanes.settings import read_rate

URL = "https://example.com/hook"


@pytest.mark.parametrize(
    ("rate", "faults"),
    [
        ({}, {"rate.per_second"}),
        ({"burst": 5}, {"rate.per_second"}),
        ({"per_second": 0}, {"rate.per_second"}),
        ({"per_second": -1}, {"rate.per_second"}),
        ({"per_second": float("inf")}, {"rate.per_second"}),
        ({"per_second": "1"}, {"rate.per_second"}),
        ({"per_second": 1, "burst": 0}, {"rate.burst"}),
        ({"per_second": 1, "burst": 1.5}, {"rate.burst"}),
        ({"per_second": 1, "per_minute": 2}, {"rate.per_minute"}),
        (5, {"rate", "rate.per_second"}),
    ],
)
def test_a_rate_is_requests_a_second_and_a_burst(rate: object, faults: set[str]) -> None:
    reader = FieldReader({"rate": rate})
    read_rate(reader)
    assert {path for path, _ in reader.problems} == faults


def test_a_rate_is_the_lanes() -> None:
    def lane_rate(rate: object) -> RateSetting | None:
        return parse_webhook({"url": URL, "rate": rate}, (), WebhookDefaults()).lane.rate

    assert lane_rate({"per_second": 0.5}) == RateSetting(0.5, 1)
    assert lane_rate({"per_second": 20, "burst": 5}) == RateSetting(20.0, 5)
    assert lane_rate(None) is None
