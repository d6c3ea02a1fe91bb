"""Topics that can bring nothing but refusals are warned of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.topics import check_topic_filter, finds_devices, topic_matches
from pulse_router.settings import load_settings, warnings

IDS = st.sampled_from(["tenant", "device", "t", "d", "m", "+", "#", "x"])


@given(st.lists(IDS, min_size=1, max_size=7).map("/".join))
def test_a_filter_finds_devices_exactly_when_it_matches_one(topic_filter: str) -> None:
    try:
        check_topic_filter(topic_filter)
    except ValueError:
        return
    names = ["tenant", "device", "t", "d", "m", "x"]
    topics = [f"tenant/{a}/device/{b}/{c}" for a in names for b in names for c in names]
    assert finds_devices(topic_filter) == any(topic_matches(topic_filter, t) for t in topics)


@pytest.mark.parametrize("topic", ["sensors/#", "tenant/+/devices/+/+", "tenant/+", "$SYS/#"])
def test_a_filter_that_finds_no_device_is_a_warning(topic: str) -> None:
    (risk,) = warnings(load_settings(None, {"PULSE_MQTT_TOPICS": f"tenant/#,{topic}"}))
    assert risk.startswith(f"mqtt.topics: {topic!r} matches no topic of a device")
