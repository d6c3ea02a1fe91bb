"""The laws of signatures, checked against the reference verifier of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from pulse_router.domain.secrets.signatures import Mac, signing_key
from tests.support.signatures import signature_headers

BODY = b'{"metrics":{"temperature":90}}'


def whsec(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def headers_for(body: bytes, *secrets: str) -> dict[str, str]:
    keys = [signing_key(secret) for secret in secrets]
    return signature_headers(body, keys, message_id="42", unix_seconds=int(time.time()))


@given(st.binary(min_size=1, max_size=64), st.text())
def test_the_reference_verifier_accepts_a_whsec_secret(key: bytes, text: str) -> None:
    body = text.encode("utf-8", "replace")
    Webhook(whsec(key)).verify(body, headers_for(body, whsec(key)), json_parse=False)


@given(st.binary(min_size=1, max_size=200), st.lists(st.binary(max_size=300), min_size=1))
def test_a_code_is_what_the_standard_library_makes(key: bytes, texts: list[bytes]) -> None:
    mac = Mac(key)
    assert [mac.digest(text) for text in texts] == [
        hmac.digest(key, text, "sha256") for text in texts
    ]


def test_the_reference_verifier_accepts_a_plain_secret_by_its_bytes() -> None:
    Webhook(b"top secret").verify(BODY, headers_for(BODY, "top secret"))


def test_every_active_secret_verifies_and_no_other() -> None:
    headers = headers_for(BODY, whsec(b"new"), whsec(b"old"))
    Webhook(whsec(b"new")).verify(BODY, headers)
    Webhook(whsec(b"old")).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(whsec(b"other")).verify(BODY, headers)


@pytest.mark.parametrize(
    ("secret", "key"), [("plain", b"plain"), (whsec(b"bin\0ary"), b"bin\0ary")]
)
def test_x_signature_256_is_the_hex_hmac_of_the_body_under_the_newest_secret(
    secret: str, key: bytes
) -> None:
    expected = hmac.new(key, BODY, hashlib.sha256).hexdigest()
    assert headers_for(BODY, secret, "older")["X-Signature-256"] == f"sha256={expected}"


def test_without_a_secret_nothing_is_signed_but_the_id_is_there() -> None:
    assert set(headers_for(BODY)) == {"webhook-id", "webhook-timestamp"}


def test_missing_base64_padding_is_mended() -> None:
    assert signing_key("whsec_YQ") == signing_key("whsec_YQ==") == b"a"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_abcde", "\ud800"])
def test_a_useless_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        signing_key(secret)
    assert "abcde" not in str(caught.value)
