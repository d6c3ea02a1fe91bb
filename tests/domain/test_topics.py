"""The laws of topic filters, checked against MQTT 5.0, section 4.7, and a slow oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.topics import (
    TopicIndex,
    check_topic_filter,
    parse_device_topic,
    topic_matches,
)

levels = st.sampled_from(["", "a", "b", "$sys", "ünï"])
names = st.lists(levels, min_size=1, max_size=4).map("/".join)
filters = st.builds(
    lambda parts, tail: "/".join([*parts, *tail]),
    st.lists(st.one_of(levels, st.just("+")), min_size=1, max_size=4),
    st.sampled_from([[], ["#"]]),
) | st.just("#")


def oracle(topic_filter: str, topic: str) -> bool:
    """The rules of the specification, word by word."""
    wanted, given_levels = topic_filter.split("/"), topic.split("/")
    if wanted[0] in {"#", "+"} and topic.startswith("$"):
        return False
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(given_levels):
            return False
        if level not in {"+", given_levels[position]}:
            return False
    return len(wanted) == len(given_levels)


def oracle_with_parent(topic_filter: str, topic: str) -> bool:
    parent = topic_filter.removesuffix("/#")
    return oracle(topic_filter, topic) or (parent != topic_filter and oracle(parent, topic))


@given(filters, names)
def test_a_filter_matches_what_the_specification_says(topic_filter: str, topic: str) -> None:
    assert topic_matches(topic_filter, topic) == oracle_with_parent(topic_filter, topic)


@given(st.lists(filters, max_size=8), names)
def test_the_index_finds_what_one_by_one_comparison_finds(
    topic_filters: list[str], topic: str
) -> None:
    index: TopicIndex[int] = TopicIndex()
    for number, topic_filter in enumerate(topic_filters):
        index.add(topic_filter, number)
    expected = [n for n, f in enumerate(topic_filters) if oracle_with_parent(f, topic)]
    assert sorted(index.match(topic)) == expected


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking/wimbledon", True),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/broker", False),
        ("$SYS/#", "$SYS/broker", True),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
    ],
)
def test_the_examples_of_the_specification(topic_filter: str, topic: str, expected: bool) -> None:
    assert topic_matches(topic_filter, topic) is expected


@pytest.mark.parametrize(
    ("topic_filter", "fault"),
    [
        ("", "1 to 200"),
        ("a" * 201, "1 to 200"),
        ("a/#/b", "'#'"),
        ("a#", "'#'"),
        ("a+/b", "'+'"),
        ("a/\0", "null"),
    ],
)
def test_an_invalid_filter_is_refused_with_the_fault(topic_filter: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault.replace("+", r"\+")):
        check_topic_filter(topic_filter)


@given(filters.filter(bool))
def test_every_filter_of_the_grammar_is_accepted(topic_filter: str) -> None:
    check_topic_filter(topic_filter)


@pytest.mark.parametrize(
    "topic",
    [
        "tenant/T/device/D",
        "tenant/T/device/D/telemetry/more",
        "tenant//device/D/telemetry",
        "tenant/T/device/D/tele metry",
        "tenant/T/device/" + "d" * 129 + "/telemetry",
        "tenant/T/device/D/telemetry\n",
        "Tenant/T/device/D/telemetry",
    ],
)
def test_a_topic_of_another_form_is_no_device_topic(topic: str) -> None:
    assert parse_device_topic(topic) is None


def test_a_device_topic_is_taken_apart() -> None:
    assert parse_device_topic("tenant/T-1/device/D.2:x/telemetry") == ("T-1", "D.2:x", "telemetry")
