"""Secrets that are being saved: what no library of Standard Webhooks can use is refused."""

from __future__ import annotations

import pytest

from pulse_router.domain.destinations import (
    MASK,
    DestinationError,
    WebhookDefaults,
    parse_destination,
    parse_webhook,
)
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.secrets.signing_secrets import SigningSecret, make_secret

URL = "https://example.com/hook"


@pytest.mark.parametrize(
    "secret",
    [
        make_secret(b"n" * 32),
        "whsec_YQ==",
        "top secret",
        "YWJj",
        "4f3a",
        "  blanks are a part of it ",
        "whsec",
    ],
)
def test_what_libraries_can_use_is_saved_as_it_is(secret: str) -> None:
    stored = parse_destination(DestinationType.WEBHOOK, {"url": URL, "secret": secret})
    assert [each.value for each in stored.secrets] == [secret]


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_YQ",
        "whsec_YQ=",
        "whsec_YQ===",
        "whsec_",
        "whsec_====",
        "whsec_-_8=",
        "whsec_YW Jj",
        "whsec_top secret",
        "whsec_YQ==\n",
        " whsec_YQ==",
        "whsk_YQ==",
        "whpk_YQ==",
    ],
)
def test_what_no_library_can_use_is_refused_and_not_repeated(secret: str) -> None:
    config = {"url": URL, "secrets": ["fine", secret]}
    with pytest.raises(DestinationError) as caught:
        parse_destination(DestinationType.WEBHOOK, config)
    [(path, said)] = caught.value.problems
    assert path == "secrets.1"
    assert secret.strip()[6:] == "" or secret not in said


@pytest.mark.parametrize("secret", ["whsec_YQ", "whsk_YQ==", "whsec_YQ==="])
def test_what_was_saved_before_there_was_a_rule_goes_on_to_work(secret: str) -> None:
    before = (SigningSecret(secret),)
    for written in (MASK, secret):
        config = {"url": URL, "secret": written}
        stored = parse_destination(DestinationType.WEBHOOK, config, kept_secrets=before)
        assert stored.secrets == before
    assert len(parse_webhook({"url": URL}, before, WebhookDefaults()).keys) == 1
