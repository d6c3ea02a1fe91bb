"""The laws of sealing: what can be opened by whom, and where."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.secrets.sealing import CannotOpen, Place, Sealer, key_id, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32
HERE = Place("TENANT1", 7, "secret")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_can_be_opened_and_does_not_show(text: str) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal(text, HERE)
    assert sealer.open(sealed, HERE) == text
    assert len(text) < 4 or text not in sealed
    assert sealed != sealer.seal(text, HERE)


@pytest.mark.parametrize(
    "place",
    [
        Place("TENANT2", 7, "secret"),
        Place("TENANT1", 8, "secret"),
        Place("TENANT1", 7, "header authorization"),
    ],
)
def test_what_was_moved_cannot_be_opened(place: Place) -> None:
    sealer = Sealer([NEW])
    with pytest.raises(CannotOpen, match="moved here"):
        sealer.open(sealer.seal("hush", HERE), place)


def test_a_new_key_seals_and_an_old_one_still_opens() -> None:
    sealed = Sealer([OLD]).seal("hush", HERE)
    both = Sealer([NEW, OLD])
    assert both.open(sealed, HERE) == "hush"
    assert Sealer([NEW]).open(both.seal("hush", HERE), HERE) == "hush"
    assert both.seal("hush", HERE).startswith(both.prefix)
    assert not sealed.startswith(both.prefix)


def test_a_key_that_is_not_there_is_named_by_its_id() -> None:
    sealed = Sealer([OLD]).seal("hush", HERE)
    with pytest.raises(CannotOpen, match=f"the key {key_id(OLD)}, which is not in"):
        Sealer([NEW]).open(sealed, HERE)
    with pytest.raises(CannotOpen, match=r"delivery\.secrets_key, which is not set"):
        Sealer().open(sealed, HERE)


@given(st.data())
def test_a_text_that_was_changed_cannot_be_opened(data: st.DataObject) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("hush", HERE)
    raw = bytearray(base64.urlsafe_b64decode(sealed.removeprefix(sealer.prefix)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        sealer.open(sealer.prefix + base64.urlsafe_b64encode(raw).decode(), HERE)


@given(st.text())
def test_no_text_makes_opening_fail_otherwise(text: str) -> None:
    sealer = Sealer([NEW])
    for sealed in (text, sealer.prefix + text):
        with pytest.raises(CannotOpen):
            sealer.open(sealed, HERE)


def test_without_a_key_nothing_is_sealed() -> None:
    assert not Sealer().seals
    with pytest.raises(ValueError, match="no key"):
        Sealer().seal("hush", HERE)


def test_keys_are_read_newest_first_in_either_alphabet() -> None:
    key = b"\xff\xfe" * 16
    texts = base64.b64encode(key).decode(), base64.urlsafe_b64encode(NEW).decode()
    assert parse_keys(", ".join(texts)) == (key, NEW)
    assert parse_keys(base64.urlsafe_b64encode(key).decode()) == (key,)


@pytest.mark.parametrize("text", ["", ",", "hush", base64.b64encode(b"x" * 31).decode(), "é" * 44])
def test_a_malformed_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a key must") as refused:
        parse_keys(text)
    assert not text.strip(",") or text not in str(refused.value)
