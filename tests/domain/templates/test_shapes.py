"""What a destination may say of its bodies, and which secrets they may use."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.destinations import (
    MASK,
    DestinationError,
    WebhookDefaults,
    masked,
    parse_destination,
    parse_webhook,
    without_secrets,
)
from pulse_router.domain.republish import Fence, read_republish
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from tests.support.delivery.deliveries import make_route
from tests.support.templates import SENDER, subject

URL = "https://example.com/hook"
TOKEN = "xoxb-0123456789"
TEMPLATED = {"url": URL, "format": "template", "template": {"t": "{{ secrets.token }}"}}


def problems(config: dict[str, Any], **options: Any) -> dict[str, str]:
    kind = options.pop("kind", DestinationType.WEBHOOK)
    with pytest.raises(DestinationError) as caught:
        parse_destination(kind, config, **options)
    return dict(caught.value.problems)


def test_a_template_is_read_with_its_secrets_apart() -> None:
    config = TEMPLATED | {"template_secrets": {"token": TOKEN}}
    stored = parse_destination(DestinationType.WEBHOOK, config)
    assert (stored.config, stored.template_secrets) == (TEMPLATED, {"token": TOKEN})
    webhook = parse_webhook(stored.config, (), WebhookDefaults(), stored.template_secrets)
    assert webhook.body.template is not None
    body = webhook.body.template.render(subject(), SENDER, webhook.template_secrets)
    assert body == b'{"t":"' + TOKEN.encode() + b'"}'
    assert (webhook.body.format, webhook.body.content_type) == ("template", "application/json")


def test_a_text_says_what_it_is() -> None:
    for given_, expected in ((None, "text/plain; charset=utf-8"), ("text/csv", "text/csv")):
        config = {"url": URL, "format": "text", "template": "a", "content_type": given_}
        assert parse_webhook(config, (), WebhookDefaults()).body.content_type == expected


@pytest.mark.parametrize(
    ("config", "path", "said"),
    [
        ({"format": "template"}, "template", "is required: a JSON value"),
        ({"format": "text"}, "template", "is required: a string"),
        ({"format": "text", "template": {"a": 1}}, "template", "is required: a string"),
        ({"template": "a"}, "template", "belongs to the formats template and text"),
        ({"format": "raw", "template": {}}, "template", "belongs to the formats"),
        ({"format": "xml"}, "format", "must be one of raw, cloudevents, template, text"),
        ({"format": "template", "template": 1, "content_type": "a/b"}, "content_type", "alone"),
        ({"format": "text", "template": "", "content_type": "a"}, "content_type", "media type"),
        (
            {"format": "text", "template": "", "content_type": "a/b\r\nX: y"},
            "content_type",
            "media",
        ),
        ({"format": "text", "template": "", "content_type": 7}, "content_type", "media type"),
        (
            {"format": "template", "template": {"text": "at {{ a( }}"}},
            "template.text",
            "column 10: unexpected the end",
        ),
        ({"format": "text", "template": "{{ a( }}"}, "template", "column 7: unexpected"),
        ({"format": "text", "template": "a", "batch": {}}, "format", "a batch is a list of JSON"),
        ({"batch": {}, "format": "raw"}, "format", "must be cloudevents or template"),
        ({"batch": {}, "url": f"{URL}/{{device_id}}"}, "url", "no placeholder but {tenant_id}"),
        (TEMPLATED, "template.t", "there is no 'token' in template_secrets"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(config: dict[str, Any], path: str, said: str) -> None:
    assert said in problems({"url": URL} | config)[path]


def test_a_batch_may_have_a_template_and_its_tenant_in_the_url() -> None:
    config = TEMPLATED | {"batch": {}, "url": f"{URL}/{{tenant_id}}", "template": {}}
    parse_destination(DestinationType.WEBHOOK, config)


def test_masks_keep_the_secrets_by_name() -> None:
    kept = {"token": TOKEN, "other": "other-secret"}
    shown = masked(TEMPLATED, (), kept)
    assert shown["template_secrets"] == {"token": MASK, "other": MASK}
    assert "template_secrets" not in masked(TEMPLATED, ())
    stored = parse_destination(DestinationType.WEBHOOK, shown, kept_template_secrets=kept)
    assert stored.template_secrets == kept
    del shown["template_secrets"]["other"]
    shown["template_secrets"]["new"] = "brand-new"
    stored = parse_destination(DestinationType.WEBHOOK, shown, kept_template_secrets=kept)
    assert stored.template_secrets == {"token": TOKEN, "new": "brand-new"}


@pytest.mark.parametrize(
    ("secrets", "path", "said"),
    [
        ({"token": MASK}, "template_secrets.token", "is a mask, but"),
        ([TOKEN], "template_secrets", "must be an object"),
        ({f"n{n}": TOKEN for n in range(6)}, "template_secrets", "not be more than 5"),
        ({"": TOKEN}, "template_secrets.", "must have a name"),
        ({"a-b": TOKEN}, "template_secrets.a-b", "must have a name"),
        ({"token": "abc"}, "template_secrets.token", "4 to 500 printable"),
        ({"token": "a" * 501}, "template_secrets.token", "4 to 500 printable"),
        ({"token": "abc\ndef"}, "template_secrets.token", "4 to 500 printable"),
        ({"token": 12345}, "template_secrets.token", "4 to 500 printable"),
        ({"token": None}, "template_secrets.token", "4 to 500 printable"),
    ],
)
def test_a_secret_that_cannot_be_kept_is_refused(secrets: Any, path: str, said: str) -> None:
    config = {"url": URL, "template_secrets": secrets}
    found = problems(config)
    assert said in found[path]
    assert TOKEN not in repr(found)


def test_a_secret_appears_nowhere_but_where_it_is_used() -> None:
    config = TEMPLATED | {"template_secrets": {"token": TOKEN}}
    stored = parse_destination(DestinationType.WEBHOOK, config)
    webhook = parse_webhook(stored.config, (), WebhookDefaults(), stored.template_secrets)
    route = make_route()
    for shown in (stored, webhook, without_secrets(config)):
        assert TOKEN not in repr(shown)
    for kind in (Route, RouteDraft):
        assert "template_secrets" in {field.name for field in kind.__attrs_attrs__}
        [secret] = [f for f in kind.__attrs_attrs__ if f.name == "template_secrets"]
        assert not secret.repr
    assert route.template_secrets == {}


def test_what_is_republished_has_templates_and_no_secrets() -> None:
    kind, fence = DestinationType.MQTT_REPUBLISH, Fence("T1")
    config: dict[str, Any] = {"topic": "tenant/T1/x", "format": "template", "template": ["{{ a }}"]}
    assert parse_destination(kind, config, fence=fence).config == config
    read = read_republish(FieldReader(config), fence)
    assert read is not None
    assert (read.body.format, read.body.content_type) == ("template", "application/json")
    secret = config | {"template_secrets": {"token": TOKEN}}
    assert "belongs to webhooks" in problems(secret, kind=kind, fence=fence)["template_secrets"]
    used = config | {"template": "{{ secrets.token }}"}
    assert "no 'token'" in problems(used, kind=kind, fence=fence)["template"]
    events = {"topic": "tenant/T1/x", "format": "cloudevents"}
    assert "raw, template, text" in problems(events, kind=kind, fence=fence)["format"]
