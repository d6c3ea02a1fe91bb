"""The laws of destination configurations: what is accepted, refused, kept and hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.destinations import (
    MASK,
    DestinationError,
    WebhookDefaults,
    masked,
    parse_destination,
    parse_webhook,
    without_secrets,
)
from pulse_router.domain.republish import Fence
from pulse_router.domain.retry import RetryPolicy
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.secrets.signatures import SigningKey
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.domain.webhook_config import parse_url

URL = "https://example.com/hook"
LATER = datetime(2026, 2, 17, tzinfo=UTC)


def kept(*values: str, expiring: str | None = None) -> tuple[SigningSecret, ...]:
    lasting = tuple(map(SigningSecret, values))
    return lasting if expiring is None else (*lasting, SigningSecret(expiring, LATER))


def problem_paths(config: object, **options: Any) -> set[str]:
    with pytest.raises(DestinationError) as caught:
        parse_destination(DestinationType.WEBHOOK, config, **options)
    return {path for path, _ in caught.value.problems}


def test_a_misspelt_field_is_told_which_there_are_those_of_secrets_among_them() -> None:
    with pytest.raises(
        DestinationError, match=r"secrt is unknown; allowed are .*, secret, secrets"
    ):
        parse_destination(DestinationType.WEBHOOK, {"url": URL, "secrt": "hush"})


def test_the_request_of_the_documentation_is_accepted() -> None:
    config = {"url": "http://localhost:9999/hook", "method": "POST"}
    stored = parse_destination(DestinationType.WEBHOOK, config)
    assert (stored.config, stored.secrets) == (config, ())


def test_everything_a_webhook_may_say_is_read() -> None:
    config = {
        "url": "http://[::1]:8081/a/b?x=1",
        "method": "PUT",
        "headers": {"Authorization": "Bearer x", "X-Mine": "1"},
        "timeout_seconds": 3,
        "format": "cloudevents",
        "retry": {
            "max_attempts": 7,
            "initial_seconds": 0.5,
            "max_seconds": 60,
            "multiplier": 3,
        },
        "max_in_flight": 4,
        "ordered": False,
    }
    stored = parse_destination(DestinationType.WEBHOOK, {**config, "secret": "s"})
    webhook = parse_webhook(stored.config, stored.secrets, WebhookDefaults())
    assert (webhook.url.host, webhook.url.port, webhook.url.target) == ("::1", 8081, "/a/b?x=1")
    assert webhook.url.authority == "[::1]:8081"
    assert webhook.retry == RetryPolicy(7, 0.5, 60, 3)
    assert (webhook.timeout_seconds, webhook.max_in_flight) == (3, 4)
    assert webhook.keys == (SigningKey(b"s"),)


def test_what_a_route_leaves_open_is_the_operators() -> None:
    defaults = WebhookDefaults(4.0, 9, RetryPolicy(3))
    webhook = parse_webhook({"url": URL, "retry": {"initial_seconds": 2}}, (), defaults)
    assert (webhook.timeout_seconds, webhook.max_in_flight) == (4.0, 9)
    assert webhook.retry == RetryPolicy(3, 2.0)


def test_ordered_means_one_in_flight() -> None:
    config = {"url": URL, "ordered": True, "max_in_flight": 8}
    assert parse_webhook(config, (), WebhookDefaults()).max_in_flight == 1


def test_all_faults_are_reported_at_once_with_their_paths() -> None:
    config = {
        "url": "ftp://example.com",
        "method": "GET",
        "headers": {"Host": "a", "X-Ok": "b", "X-Bad": "a\r\nb", "": "c", "Webhook-Id": "1"},
        "secret": "",
        "timeout_seconds": True,
        "format": "xml",
        "retry": {"max_attempts": 0, "initial_seconds": float("nan"), "tries": 3},
        "max_in_flight": 1.5,
        "ordered": "yes",
        "batch": {"max_messages": 0, "max_wait_ms": "soon", "size": 3},
        "surprise": 1,
    }
    assert problem_paths(config) == {
        "url",
        "method",
        "headers.Host",
        "headers.X-Bad",
        "headers",
        "headers.Webhook-Id",
        "secret",
        "timeout_seconds",
        "format",
        "retry.max_attempts",
        "retry.initial_seconds",
        "retry.tries",
        "max_in_flight",
        "ordered",
        "batch.max_messages",
        "batch.max_wait_ms",
        "batch.size",
        "surprise",
    }


@pytest.mark.parametrize("config", [None, [], "x", 3])
def test_a_configuration_that_is_no_object_is_refused(config: object) -> None:
    assert problem_paths(config) == {""}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com/#top",
        "http://example.com#",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:x/",
        "http://exa mple.com/",
        "http://example.com/a\r\nX: y",
        "http://example.com\\@evil.com/",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://b\u00fccher.example/",
        "http://example.com/" + "a" * 2048,
    ],
)
def test_an_unfit_url_is_refused(url: str) -> None:
    assert problem_paths({"url": url}) == {"url"}


@given(st.text())
def test_any_text_as_url_is_either_valid_or_a_value_error(text: str) -> None:
    for url in (text, "http://" + text, "http://example.com/" + text):
        try:
            parsed = parse_url(url)
        except ValueError:
            continue
        assert parsed.host
        assert parsed.target.isascii()
        assert not set(parsed.target) & set(" \r\n\t")


def test_a_postgresql_destination_has_no_settings() -> None:
    assert parse_destination(DestinationType.POSTGRESQL, {}).config == {}
    with pytest.raises(DestinationError, match="table"):
        parse_destination(DestinationType.POSTGRESQL, {"table": "x"})


def test_a_republish_destination_is_held_to_the_fence_and_to_none_by_default() -> None:
    config = {"topic": "tenant/T1/alerts", "qos": 0}
    stored = parse_destination(DestinationType.MQTT_REPUBLISH, config, fence=Fence("T1"))
    assert (stored.config, stored.secrets) == (config, ())
    with pytest.raises(DestinationError, match="topic must begin with tenant/T2/"):
        parse_destination(DestinationType.MQTT_REPUBLISH, config, fence=Fence("T2"))
    with pytest.raises(DestinationError, match="topic is not possible"):
        parse_destination(DestinationType.MQTT_REPUBLISH, config)


# Secrets ----------------------------------------------------------------------------------------


def test_secrets_are_split_off_and_shown_as_masks() -> None:
    stored = parse_destination(DestinationType.WEBHOOK, {"url": URL, "secret": "hush"})
    assert "hush" not in str(stored.config) + repr(stored)
    assert stored.secrets == kept("hush")
    assert masked(stored.config, stored.secrets) == {"url": URL, "secret": MASK}
    assert masked({"url": URL}, ()) == {"url": URL}


@pytest.mark.parametrize("secrets", [(), ("a",), ("a", "b"), ("a", "b", "c")])
@pytest.mark.parametrize("old", [None, "old"])
def test_writing_back_what_was_read_keeps_the_secrets(
    secrets: tuple[str, ...], old: str | None
) -> None:
    before = kept(*secrets, expiring=old if secrets else None)
    shown = masked({"url": URL}, before)
    stored = parse_destination(DestinationType.WEBHOOK, shown, kept_secrets=before)
    assert stored.secrets == before
    assert stored.config == {"url": URL}


@pytest.mark.parametrize(
    ("given_secrets", "becomes"),
    [
        ({"secret": MASK}, ("a", "b")),
        ({"secret": "new"}, ("new",)),
        ({"secrets": ["new", MASK]}, ("new", "a")),
        ({"secrets": ["new", MASK, MASK]}, ("new", "a", "b")),
        ({}, ()),
        ({"secret": None}, ()),
    ],
)
def test_masks_keep_old_secrets_in_their_order(
    given_secrets: dict[str, Any], becomes: tuple[str, ...]
) -> None:
    stored = parse_destination(
        DestinationType.WEBHOOK, {"url": URL, **given_secrets}, kept_secrets=kept("a", "b")
    )
    assert stored.secrets == kept(*becomes)


@pytest.mark.parametrize(
    ("given_secrets", "becomes"),
    [
        ({"secret": MASK}, kept("a", expiring="old")),
        ({"secrets": ["new", MASK]}, kept("new", "a", expiring="old")),
        ({"secret": "new"}, kept("new")),
        ({"secrets": ["new"]}, kept("new")),
        ({}, ()),
    ],
)
def test_a_secret_in_its_overlap_goes_on_while_another_is_kept_and_ends_with_it(
    given_secrets: dict[str, Any], becomes: tuple[SigningSecret, ...]
) -> None:
    stored = parse_destination(
        DestinationType.WEBHOOK,
        {"url": URL, **given_secrets},
        kept_secrets=kept("a", expiring="old"),
    )
    assert stored.secrets == becomes


def test_those_in_their_overlap_count_too() -> None:
    before = kept("a", expiring="old")
    four = {"url": URL, "secrets": [MASK, "b", "c", "d"]}
    parse_destination(DestinationType.WEBHOOK, four, kept_secrets=before)
    five = {"url": URL, "secrets": [MASK, "b", "c", "d", "e"]}
    assert problem_paths(five, kept_secrets=before) == {"secrets"}


@pytest.mark.parametrize(
    ("given_secrets", "path"),
    [
        ({"secret": MASK}, "secret"),
        ({"secrets": [MASK]}, "secrets.0"),
        ({"secret": "a", "secrets": ["b"]}, "secrets"),
        ({"secrets": []}, "secrets"),
        ({"secrets": ["a"] * 6}, "secrets"),
        ({"secrets": ["ok", 3]}, "secrets.1"),
        ({"secret": "whsec_!"}, "secret"),
    ],
)
def test_an_unfit_secret_is_refused(given_secrets: dict[str, Any], path: str) -> None:
    assert problem_paths({"url": URL, **given_secrets}) == {path}


def test_nothing_that_may_be_a_credential_reaches_a_dead_letter_or_a_repr() -> None:
    config = {
        "url": "https://example.com/hook?token=hush",
        "headers": {"Authorization": "Bearer hush"},
        "secret": "hush",
        "method": "POST",
    }
    assert "hush" not in str(without_secrets(config))
    assert without_secrets(config)["method"] == "POST"
    assert "hush" not in repr(parse_webhook(config, kept("hush"), WebhookDefaults()))


def test_a_header_is_not_set_to_a_mask() -> None:
    assert problem_paths({"url": URL, "headers": {"X-A": MASK}}) == {"headers.X-A"}
