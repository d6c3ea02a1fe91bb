"""The laws of republish topics: what a template may be, and that nothing leads out of the fence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.republish import (
    MAX_TEMPLATE_LENGTH,
    MAX_TOPIC_BYTES,
    NOWHERE,
    PLACEHOLDERS,
    Fence,
    RepublishConfig,
    TopicError,
    is_prefix,
    parse_template,
    read_republish,
)
from pulse_router.domain.topics import ID_PATTERN, check_topic_filter, topic_matches

OWN = Fence("T1")
WIDE = Fence("T1", ["actions/", "shared/{tenant_id}/"])
VALUES = {"tenant_id": "T1", "device_id": "D-1", "msg_type": "telemetry", "site_id": "Hall 7"}

pieces = st.sampled_from(
    ["tenant", "T1", "T2", "actions", "shared", "/", "-", "x", "é", "+", "#", "$", "{", "}", "\0"]
    + [f"{{{name}}}" for name in (*PLACEHOLDERS, "nope")]
)
templates = st.lists(pieces, max_size=12).map("".join)
ids = st.from_regex(ID_PATTERN, fullmatch=True)
free_text = st.text(max_size=20) | st.lists(pieces, max_size=4).map("".join)

FIELDS = (
    *("content_type", "format", "max_in_flight", "ordered", "qos", "retain", "retry", "template"),
    "topic",
)


def read(config: dict[str, Any], fence: Fence = WIDE) -> tuple[RepublishConfig | None, list[str]]:
    reader = FieldReader(config)
    found = read_republish(reader, fence)
    return found, [f"{path} {message}" for path, message in reader.problems]


def test_placeholders_stand_for_what_a_message_has() -> None:
    template = parse_template("tenant/{tenant_id}/by-site/{site_id}/{device_id}-{msg_type}")
    assert template.render(VALUES) == "tenant/T1/by-site/Hall 7/D-1-telemetry"
    assert parse_template("a/b").render({}) == "a/b"


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("", "must have 1 to 200 characters"),
        ("tenant/T1/" + "x" * MAX_TEMPLATE_LENGTH, "must have 1 to 200 characters"),
        ("tenant/T1/{metric}", "unknown placeholder {metric}; known are {tenant_id}, {device_id}"),
        ("tenant/T1/{}", "unknown placeholder {}"),
        ("tenant/T1/{device_id", "lone brace"),
        ("tenant/T1/}", "lone brace"),
        ("tenant/T1/{{device_id}}", "lone brace"),
        ("tenant/T1/+/x", "must not hold the wildcards"),
        ("tenant/T1/#", "must not hold the wildcards"),
        ("tenant/T1/a\0b", "must not hold control characters"),
        ("tenant/T1/a\nb", "must not hold control characters"),
        ("tenant/T1/\ufffe", "must not hold control characters"),
        ("tenant/T1/\ud800", "must not hold control characters"),
        ("/tenant/T1/x", "must not have empty levels"),
        ("tenant/T1/", "must not have empty levels"),
        ("tenant/T1//x", "must not have empty levels"),
        ("tenant/T1", "must begin with tenant/T1/ or actions/ or shared/T1/"),
        ("tenant/T2/x", "must begin with tenant/T1/"),
        ("tenant/T1x/x", "must begin with tenant/T1/"),
        ("tenant/{device_id}/x", "must begin with tenant/T1/"),
        ("{msg_type}/T1/x", "must begin with tenant/T1/"),
        ("{tenant_id}/T1/x", "must begin with tenant/T1/"),
        ("actions{tenant_id}/x", "must begin with tenant/T1/"),
        ("shared/T2/x", "must begin with tenant/T1/"),
        ("$SYS/x", "must begin with tenant/T1/"),
    ],
)
def test_a_topic_that_is_none_or_leads_out_is_refused_with_its_path(topic: str, words: str) -> None:
    found, problems = read({"topic": topic})
    assert found is None
    [problem] = problems
    assert problem.startswith("topic ")
    assert words in problem


@pytest.mark.parametrize(
    "topic",
    ["tenant/T1/x", "tenant/{tenant_id}/{site_id}", "actions/{device_id}", "shared/{tenant_id}/x"],
)
def test_a_topic_inside_of_the_fence_is_taken(topic: str) -> None:
    assert read({"topic": topic})[1] == []


def test_every_fault_of_a_configuration_is_told() -> None:
    _, problems = read({"topic": 7, "qos": 3, "retain": "yes", "url": "x"})
    assert problems == [
        "topic is required: an MQTT topic, like tenant/{tenant_id}/alerts",
        "qos must be a whole number from 0 to 2",
        "retain must be true or false",
        f"url is unknown; allowed are {', '.join(FIELDS)}",
    ]


def test_messages_are_confirmed_and_not_retained_unless_something_else_is_said() -> None:
    found, _ = read({"topic": "tenant/T1/x"})
    assert found is not None
    assert (found.qos, found.retain) == (1, False)


@pytest.mark.parametrize("tenant_id", ["", "T1/device", "+", "#", "T 1", "é"])
def test_a_tenant_whose_id_cannot_stand_in_a_topic_has_no_topics(tenant_id: str) -> None:
    fence = Fence(tenant_id, ["actions/"])
    assert not fence.encloses(f"tenant/{tenant_id}/x")
    assert not fence.encloses("actions/x")
    assert read({"topic": "actions/x"}, fence)[1] == [f"topic {fence.sentence}"]
    assert not NOWHERE.encloses("tenant//x")


@pytest.mark.parametrize(
    ("site_id", "words"),
    [
        ("", "the message has no site_id, which its topic needs"),
        ("a/b", "the site_id 'a/b' cannot stand in a topic"),
        ("+", "the site_id '+' cannot"),
        ("#", "the site_id '#' cannot"),
        ("a\0", "the site_id 'a\\x00' cannot"),
        ("\x1b[2J", "the site_id '\\x1b[2J' cannot"),
        ("x" * 100 + "/", f"the site_id '{'x' * 64}…' cannot"),
    ],
)
def test_a_value_that_is_no_part_of_a_level_makes_no_topic(site_id: str, words: str) -> None:
    template = parse_template("tenant/{tenant_id}/{site_id}")
    with pytest.raises(TopicError) as caught:
        template.render({**VALUES, "site_id": site_id})
    assert words in str(caught.value)


def test_a_topic_that_is_too_long_for_mqtt_is_not_made() -> None:
    template = parse_template("tenant/T1/{site_id}")
    template.render({"site_id": "é" * ((MAX_TOPIC_BYTES - 10) // 2)})
    with pytest.raises(TopicError, match="longer than 65535 bytes"):
        template.render({"site_id": "é" * ((MAX_TOPIC_BYTES - 10) // 2 + 1)})


@given(templates, ids, st.fixed_dictionaries(dict.fromkeys(PLACEHOLDERS[1:], free_text)))
@example("shared/{tenant_id}/{site_id}", "T", {"device_id": "", "msg_type": "", "site_id": "../x"})
def test_whatever_a_device_sends_the_topic_stays_inside_and_is_one_topic(
    text: str, tenant_id: str, values: dict[str, str]
) -> None:
    fence = Fence(tenant_id, WIDE.allowed_prefixes)
    found, problems = read({"topic": text}, fence)
    assert (found is None) is bool(problems)
    if found is None:
        return
    try:
        topic = found.template.render({**values, "tenant_id": tenant_id})
    except TopicError:
        return
    assert fence.encloses(topic)
    check_topic_filter(topic[:200])  # ours have no wildcards, so that a topic is a filter too
    assert topic_matches(topic, topic)
    inside = [f"tenant/{tenant_id}/#", "actions/#", f"shared/{tenant_id}/#"]
    assert any(topic_matches(one, topic) for one in inside)
    assert len(topic.split("/")) == len(text.split("/"))
    assert all(topic.split("/"))


def test_what_is_said_of_the_lane_is_checked() -> None:
    lane = {"retry": {"max_attempts": 3}, "max_in_flight": 2, "ordered": True}
    assert read({"topic": "actions/x", **lane}) == read({"topic": "actions/x"})
    unfit = {"retry": {"max_attempts": 0, "times": 1}, "max_in_flight": 0, "ordered": "yes"}
    known = "initial_seconds, max_attempts, max_pushback_seconds, max_seconds, multiplier"
    assert read({"topic": "actions/x", **unfit})[1] == [
        "retry.max_attempts must be a whole number from 1 to 10000",
        f"retry.times is unknown; allowed are {known}",
        "max_in_flight must be a whole number from 1 to 1000",
        "ordered must be true or false",
    ]


@pytest.mark.parametrize(
    ("prefix", "is_one"),
    [
        ("actions/", True),
        ("a/b c/", True),
        ("actions/{tenant_id}/", True),
        ("actions", False),
        ("/", False),
        ("/actions/", False),
        ("a//", False),
        ("$SYS/", False),
        ("+/", False),
        ("#/", False),
        ("a\0/", False),
        ("actions/{device_id}/", False),
        ("actions/{/", False),
        ("tenant/", False),
        ("tenant/T2/", False),
    ],
)
def test_what_an_operator_may_allow(prefix: str, is_one: bool) -> None:
    assert is_prefix(prefix) is is_one
