"""The laws of the language of templates, row by row: what makes no sense is null."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.templates import PAYLOAD, as_json, as_text, value

LARGE = 2**53

ROWS: list[tuple[str, Any]] = [
    # names
    ("temperature", 90.5),  # the metric comes before the field
    ("payload.temperature", "of the payload"),
    ("metrics.temperature", 90.5),
    ("tags", PAYLOAD["tags"]),
    ("payload", PAYLOAD),
    ("missing", None),
    ("none", None),
    ("metrics.none", None),
    ("position.lat", 48.1),
    ("position['a b']", 1),
    ("position['lat']", 48.1),
    ("position.missing.more.of['it'][3]", None),
    ("tags[0]", "hot"),
    ("tags[-1]", True),
    ("tags[3]", None),
    ("tags[-4]", None),
    ("tags.0", "hot"),
    ("tags.hot", None),
    ("label[0]", None),
    ("label.upper", None),
    ("label.__class__", None),
    ("payload.__class__.__mro__", None),
    ("route.name", "Too hot"),
    ("route.id", 7),
    ("route.secret", None),
    ("tenant_id", "TENANT1"),
    ("device_id", "DEV-001"),
    ("site_id", "SITE-1"),
    ("msg_type", "telemetry"),
    ("topic", "tenant/TENANT1/device/DEV-001/telemetry"),
    ("time", "2026-02-03T14:05:06.789000Z"),
    ("delivery_id", "11"),
    *((name, None) for name in ("event", "since", "at", "values", "aggregates", "suppressed")),
    ("payload.event", "of the payload"),
    # literals
    ("'it''s'", "its"),
    (r"'it\'s'", "it's"),
    (r"'a\nb\\c\u00e9'", "a\nb\\cé"),
    ("'a\nb'", "a\nb"),
    ('"}}"', "}}"),
    ("1.5e3", 1500.0),
    ("true", True),
    ("false", False),
    ("null", None),
    ("None", None),
    # arithmetic
    ("1 + 2 * 3 - 4", 3),
    ("(1 + 2) * 3", 9),
    ("7 / 2", 3.5),
    ("1 / 0", None),
    ("count + missing", None),
    ("count + label", None),
    ("count + ok", None),
    ("'a' + 'b'", None),
    ("'a' * 3", None),
    ("tags * 3", None),
    ("-count", -40),
    ("+count", 40),
    ("-label", None),
    (f"{LARGE} * {LARGE}", float(LARGE) ** 2),
    ("1e308 * 10", None),
    ("1e308 * 10 - 1e308 * 10", None),
    # text
    ("count ~ '/' ~ ok ~ '/' ~ missing ~ '/' ~ tags", '40/true//["hot",5,true]'),
    # comparisons
    ("count == 40.0", True),
    ("count == '40'", False),
    ("ok == 1", False),
    ("ok == true", True),
    ("missing == null", True),
    ("none == missing", True),
    ("missing == 0", False),
    ("missing != 0", True),
    ("tags == tags", None),
    ("tags != tags", None),
    ("'a' < 'b'", True),
    ("count < 'b'", None),
    ("count < 41", True),
    ("count <= 40", True),
    ("count > 40", False),
    ("count >= 40", True),
    ("missing < 1", None),
    ("missing >= 1", None),
    ("1 < 2 < 3", True),
    ("1 < 2 > 3", False),
    ("ok < 2", None),
    ("'hot' in tags", True),
    ("1 in tags", False),  # true is not 1
    ("true in tags", True),
    ("'cold' not in tags", True),
    ("'nit' in label", True),
    ("5 in label", None),
    ("'lat' in position", True),
    ("'x' in missing", None),
    ("count in [1, 40, 'x']", True),
    ("count not in (1, 2)", True),
    ("count in []", False),
    ("tags in tags", None),
    ("position in [position, 1]", None),
    ("missing in [null]", True),
    ("missing in tags", False),
    # logic
    ("ok and count", 40),
    ("missing and count", None),
    ("missing or 'x'", "x"),
    ("not missing", True),
    ("not ok", False),
    ("'hot' if temperature > 80 else 'ok'", "hot"),
    ("'hot' if missing > 80 else 'ok'", "ok"),
    ("'hot' if missing", None),
    ("1 if false else 2 if false else 3", 3),
]


@pytest.mark.parametrize(("expression", "expected"), ROWS)
def test_an_expression_is_what_its_row_says(expression: str, expected: Any) -> None:
    found = value(expression)
    assert found == expected
    assert type(found) is type(expected)


def test_a_string_that_is_one_placeholder_keeps_the_type_and_any_other_is_text() -> None:
    template = {"one": "{{ count }}", "text": "{{ count }}!", "spaced": " {{ count }}"}
    assert as_json(template) == {"one": 40, "text": "40!", "spaced": " 40"}


def test_what_is_no_placeholder_stays_as_it_is() -> None:
    template = {"a": [1, None, True, "x }} y", {"{b}": "{ c }"}, 1.5], "": ""}
    assert as_json(template) == template


def test_what_a_device_writes_never_breaks_out_of_the_json() -> None:
    evil = {"name": '", "admin": true, "x": "\\', "metrics": {}}
    found = as_json({"a": "{{ name }}", "b": "it is {{ name }}"}, evil)
    assert found == {"a": evil["name"], "b": f"it is {evil['name']}"}


def test_a_number_that_is_only_handed_on_stays_exact() -> None:
    huge = 9_007_199_254_740_993
    assert value("id", {"id": huge}) == huge
    assert as_text("{{ id }}", {"id": huge}) == str(huge)
    assert value("id", {"id": 10**400}) == 10**400
    assert value("id + 0", {"id": 10**400}) is None


def test_in_text_null_is_nothing_and_lists_are_json() -> None:
    text = "{{ missing }}|{{ ok }}|{{ count }}|{{ temperature }}|{{ tags }}|{{ label }}"
    assert as_text(text) == '|true|40|90.5|["hot",5,true]|Ünit 1'


def test_a_metric_may_hide_no_fact_and_no_payload() -> None:
    payload = {"metrics": {"device_id": "other", "payload": 1, "secrets": "s", "route": 2}}
    assert value("device_id", payload) == "DEV-001"
    assert value("payload", payload) == payload
    assert value("metrics.device_id ~ metrics.secrets", payload) == "others"


@pytest.mark.parametrize("payload", ['{"metrics": [1]}', '{"metrics": null}', "{}"])
def test_a_payload_without_metrics_has_none(payload: str) -> None:
    assert value("temperature", payload) is None
    assert value("metrics.temperature", payload) is None
