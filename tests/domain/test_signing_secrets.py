"""The laws of rotation: what signs when, how many there may be, and what ends when."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from pulse_router.domain.secrets.signatures import (
    SigningKey,
    active_keys,
    signing_key,
)
from pulse_router.domain.secrets.signing_secrets import (
    MAX_SECRETS,
    SigningSecret,
    TooManySecrets,
    make_secret,
    rotate,
)
from tests.support.signatures import signature_headers

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_old_secret_overlaps_with_the_new_one() -> None:
    rotated = rotate([SigningSecret("old")], "new", now=NOW, overlap=DAY)
    assert rotated == (SigningSecret("new"), SigningSecret("old", NOW + DAY))


def test_without_an_overlap_all_old_ones_end_at_once() -> None:
    before = rotate([SigningSecret("a")], "b", now=NOW, overlap=DAY)
    assert rotate(before, "c", now=NOW, overlap=timedelta()) == (SigningSecret("c"),)


def test_a_later_rotation_does_not_prolong_an_older_secret() -> None:
    first = rotate([SigningSecret("a")], "b", now=NOW, overlap=DAY)
    second = rotate(first, "c", now=NOW + DAY / 2, overlap=DAY)
    assert second == (
        SigningSecret("c"),
        SigningSecret("b", NOW + 1.5 * DAY),
        SigningSecret("a", NOW + DAY),
    )
    third = rotate(first, "c", now=NOW, overlap=DAY / 4)
    assert third[2] == SigningSecret("a", NOW + DAY / 4)


def test_what_has_expired_is_left_out() -> None:
    first = rotate([SigningSecret("a")], "b", now=NOW, overlap=DAY)
    assert [secret.value for secret in rotate(first, "c", now=NOW + DAY, overlap=DAY)] == ["c", "b"]


@given(st.lists(st.floats(min_value=0, max_value=48), max_size=12))
def test_there_are_never_too_many_and_the_newest_does_not_expire(hours: list[float]) -> None:
    secrets: tuple[SigningSecret, ...] = (SigningSecret("first"),)
    for number, overlap in enumerate(hours):
        now = NOW + timedelta(hours=number)
        try:
            secrets = tuple(rotate(secrets, f"{number}", now=now, overlap=timedelta(hours=overlap)))
        except TooManySecrets:
            secrets = tuple(rotate(secrets, f"{number}", now=now, overlap=timedelta()))
        assert secrets[0] == SigningSecret(f"{number}")
        assert len(secrets) <= MAX_SECRETS
        assert all(old.expires_at is not None and old.expires_at > now for old in secrets[1:])


def test_who_is_refused_is_told_when_the_next_secret_ends() -> None:
    secrets: tuple[SigningSecret, ...] = (SigningSecret("first"),)
    for number in range(MAX_SECRETS - 1):
        secrets = tuple(rotate(secrets, f"{number}", now=NOW, overlap=DAY * (9 - number)))
    with pytest.raises(TooManySecrets) as refused:
        rotate(secrets, "new", now=NOW, overlap=DAY)
    assert refused.value.next_expiry == NOW + DAY * 6


def test_keys_sign_until_they_expire_and_the_newest_for_ever() -> None:
    keys = [SigningKey(b"new"), SigningKey(b"old", 100.0), SigningKey(b"older", 50.0)]
    assert active_keys(keys, 49) == [b"new", b"old", b"older"]
    assert active_keys(keys, 50) == [b"new", b"old"]
    assert active_keys(keys, 100) == [b"new"]
    assert active_keys([SigningKey(b"only", 1.0)], 2) == [b"only"]
    assert active_keys([], 2) == []


@pytest.mark.parametrize("size", [24, 32])
def test_a_made_secret_is_one_of_standard_webhooks(size: int) -> None:
    random = bytes(range(size))
    secret = make_secret(random)
    assert secret.startswith("whsec_")
    assert signing_key(secret) == random
    headers = signature_headers(b"{}", [random], message_id="1", unix_seconds=int(time.time()))
    Webhook(secret).verify(b"{}", dict(headers))


def test_no_secret_is_in_a_repr() -> None:
    assert "hush" not in repr(SigningSecret("hush", NOW))
    assert "hush" not in repr(SigningKey(b"hush"))
