from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.redaction import MASK, is_secret_name, redact, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v1/customer/telemetry/stream?token={} HTTP/1.1",
        "GET /stream?device_id=a&token={}",
        "postgresql://iot:{}@db:5432/iotcloud",
        "postgresql://postgres:{}@db/iotcloud",
        "postgresql://postgres@{}@db/iotcloud",
        "nats://{}@host",
        "https://example.com/hook?key={}",
        'Authorization: "Bearer {}"',
        "Bearer {}",
        '{{"provision_token": "{}", "metrics": {{}}}}',
        "{{'password': '{}'}}",
        "password={} host=db",
        "PULSE_AUTH_SECRET={}",
        "X-Api-Key='{}'",
        "cookie=session{}",
    ],
)
def test_a_secret_in_a_text_is_masked(text: str) -> None:
    masked = redact_text(text.format("hunter2hunter2"))
    assert "hunter2" not in masked
    assert MASK in masked


@pytest.mark.parametrize("secret", [JWT, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_looks_like_a_token_is_masked_anywhere(secret: str) -> None:
    assert secret not in redact_text(f"refused: {secret}!")


@pytest.mark.parametrize(
    "text",
    [
        "Missing token parameter",
        "Invalid or expired token",
        "the MQTT broker at localhost:1883 refuses the connection",
        "tenant/T/device/D/telemetry",
        "is that right? yes",
        "run `pulse-router migrate --url postgresql://postgres@db:5432/iotcloud`.",
        "http://localhost:8080/console",
        "2026-02-16T00:00:00Z",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    ["token", "provision_token", "client_secret", "secrets", "PASSWORD", "Authorization", "cookie"],
)
def test_a_field_with_a_secret_s_name_is_masked_whole(name: str) -> None:
    assert is_secret_name(name)
    assert redact({"a": [{name: "x"}]}) == {"a": [{name: MASK}]}


def test_values_keep_their_form_and_strangers_become_text() -> None:
    error = OSError("cannot reach postgresql://iot:pw@db/x")
    assert redact({"n": 1, "f": 1.5, "b": True, "none": None, "t": ("a", b"b"), "e": error}) == {
        "n": 1,
        "f": 1.5,
        "b": True,
        "none": None,
        "t": ["a", "b'b'"],
        "e": f"cannot reach postgresql://{MASK}@db/x",
    }


def test_a_value_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert redact(endless)


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once
