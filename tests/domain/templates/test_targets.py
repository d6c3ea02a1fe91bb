"""Placeholders in URLs: what a message says goes into path and query, and never anywhere else."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.templates.limits import CannotRender
from pulse_router.domain.templates.targets import Target
from pulse_router.domain.webhook_config import parse_url

ORIGIN = "https://example.com"


def target(url: str) -> Target:
    found = parse_url(url).template
    assert found is not None
    return found


def test_values_are_percent_encoded_in_path_and_query() -> None:
    url = f"{ORIGIN}/a/{{tenant_id}}/{{device_id}}.json?m={{msg_type}}&s={{site_id}}&x=1%20"
    values = {"tenant_id": "T:1", "device_id": "a/b?c", "msg_type": "t", "site_id": "Süd & 1+1=#"}
    filled = target(url).fill(values)
    assert filled == "/a/T%3A1/a%2Fb%3Fc.json?m=t&s=S%C3%BCd%20%26%201%2B1%3D%23&x=1%20"


def test_a_url_without_placeholders_is_as_it_was() -> None:
    plain = parse_url(f'{ORIGIN}/a b?filter={{"a":1}}'.replace(" ", "%20"))
    assert plain.template is None
    assert plain.target == '/a%20b?filter={"a":1}'


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://{tenant_id}.example.com/", "host and port"),
        ("https://example.com:{device_id}/", "host and port"),
        ("https://{tenant_id}@example.com/", "user or password"),
        ("{tenant_id}://example.com/", "http:// or https://"),
        (f"{ORIGIN}/{{device}}", "unknown placeholder {device}; known are {tenant_id}"),
        (f"{ORIGIN}/?a={{secret}}", "unknown placeholder {secret}"),
    ],
)
def test_scheme_host_and_port_come_from_no_message(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_url(url)


@pytest.mark.parametrize("value", ["", None, ".", "..", "..."])
def test_a_value_that_is_missing_or_leads_to_another_path_makes_no_request(
    value: str | None,
) -> None:
    with pytest.raises(CannotRender, match="site_id"):
        target(f"{ORIGIN}/x/{{site_id}}/y").fill({"site_id": value})


def test_dots_do_no_harm_in_a_query() -> None:
    assert target(f"{ORIGIN}/x?a={{device_id}}").fill({"device_id": ".."}) == "/x?a=.."


@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_the_values_the_url_keeps_its_parts(device: str, site: str) -> None:
    try:
        filled = target(f"{ORIGIN}/a/{{device_id}}/b?s={{site_id}}&k=v").fill(
            {"device_id": device, "site_id": site}
        )
    except CannotRender:
        assert not device.strip(".")
        return
    assert filled.isascii()
    assert filled.isprintable()
    assert " " not in filled
    parts = urlsplit(ORIGIN + filled)
    assert parts.netloc == "example.com"
    assert [unquote(part, errors="strict") for part in parts.path.split("/")] == [
        *("", "a", device.encode("utf-8", "replace").decode(), "b"),
    ]
    assert parse_qs(parts.query, keep_blank_values=True)["k"] == ["v"]


def test_what_is_shown_of_a_query_is_what_messages_say() -> None:
    url = f"{ORIGIN}/x/{{device_id}}?token=abc&device={{device_id}}&mixed=k{{site_id}}&flag"
    shown = target(url).masked({"device_id": "D 1", "site_id": "S"}, "********")
    assert shown == "/x/D%201?token=********&device=D%201&mixed=********&********"
