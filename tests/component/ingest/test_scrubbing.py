"""The laws of scrubbing: no form of a payload keeps its provision token."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.ingest.scrubbing import (
    MASK,
    MAX_SECRETS,
    TooManySecrets,
    hide,
    mask,
    scrub,
    secrets_of,
)

TOKEN = "s3cr3t-0f-a-d3v1c3"
MAX_BYTES = 65_536

MALFORMED = [
    '{"provision_token":"%s","metrics":',
    '{"provision_token" : "%s","metrics":',
    '{"provision_token":"%s',
    '{"provision_token":"%s\\',
    '{"provision_token":"a word %s\\',
    "{'provision_token': '%s', 'metrics': {'t': 1}}",
    "{'metrics': {}, 'provision_token': 'it\\'s %s'}",
    "provision_token=%s&t=1",
    "provision_token: %s",
    '{"provision_token": ["x", "%s"], oops',
    '{"provision_token": {"x": "%s"}, oops',
    '{"provision\\u005ftoken":"%s", oops',
    '{"provision_token":%s}',
    '{"a":1}{"provision_token":"%s"}',
    '{"provision_token":"%s","again":"%s","n":NaN}',
    '{"provision_token":"%s","n":1e999}',
    'vision_token":"%s"',
    '{"provisionToken":"%s", oops',
]


@pytest.mark.parametrize("template", MALFORMED)
def test_a_payload_that_cannot_be_parsed_is_kept_without_its_token(template: str) -> None:
    payload = template.replace("%s", TOKEN).encode()
    kept, _ = scrub(payload, MAX_BYTES)
    assert TOKEN.encode() not in kept
    assert MASK.encode() in kept
    assert b"token" in kept.lower()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_payload_in_another_encoding_is_kept_without_its_token(encoding: str) -> None:
    payload = f'{{"provision_token":"{TOKEN}","metrics":{{"t":1}}}}'.encode(encoding)
    kept, _ = scrub(payload, MAX_BYTES)
    assert TOKEN.encode() not in kept.replace(b"\0", b"")


@pytest.mark.parametrize(
    "payload",
    [
        {"provision_token": TOKEN},
        {"provision_token": {"deep": TOKEN}, "x": 1},
        {"x": [{"provision_token": TOKEN}], "y": f"it is {TOKEN}!"},
        {"provision_token": TOKEN, TOKEN: 1, "z": {TOKEN: [TOKEN]}},
        [[{"provision_token": TOKEN}]],
        msgspec.json.encode({"provision_token": TOKEN}).decode(),
        msgspec.json.encode(msgspec.json.encode({"provision_token": TOKEN}).decode()).decode(),
    ],
    ids=repr,
)
def test_a_payload_that_can_be_parsed_is_kept_without_its_token(payload: Any) -> None:
    kept, _ = scrub(msgspec.json.encode(payload), MAX_BYTES)
    assert TOKEN.encode() not in kept
    assert isinstance(msgspec.json.decode(kept), type(payload))


def test_a_token_under_a_misspelt_name_is_known_by_its_hash() -> None:
    expected = hashlib.sha256(TOKEN.encode()).digest()
    kept, _ = scrub(
        msgspec.json.encode({"provisionToken": TOKEN, "metrics": {"t": 1}}),
        MAX_BYTES,
        is_secret=lambda text: hashlib.sha256(text.encode()).digest() == expected,
    )
    assert msgspec.json.decode(kept) == {"provisionToken": MASK, "metrics": {"t": 1}}


def test_a_payload_without_a_token_is_kept_as_it_came() -> None:
    for payload in (b'{ "metrics" :{"t":1.50} }', b"\x00\xff", b"", b"{"):
        assert scrub(payload, MAX_BYTES) == (payload, [])
    assert scrub(b"x" * 100, 10) == (b"x" * 10, [])


def test_no_cut_leaves_a_part_of_a_token() -> None:
    payload = b'{"provision_token":"' + TOKEN.encode() + b'"' + b" " * 100
    for size in range(60):
        assert TOKEN.encode()[:6] not in scrub(payload, size)[0]


def test_a_token_that_only_what_is_cut_off_names_is_masked_in_what_is_kept() -> None:
    payload = f'{{"note":"it is {TOKEN}","pad":"{"x" * 99}","provision_token":"{TOKEN}"}}'.encode()
    for size in range(50, len(payload)):
        assert TOKEN.encode() not in scrub(payload, size)[0]


def test_a_token_under_another_name_is_known_in_what_is_kept_of_a_long_payload() -> None:
    payload = f'{{"token of mine":"x","a":"{TOKEN}","pad":"{"x" * 99}"}}'.encode()
    kept, _ = scrub(payload, 80, is_secret=TOKEN.__eq__)
    assert TOKEN.encode() not in kept
    assert b'"a":"********"' in kept


def test_a_payload_with_more_tokens_than_are_masked_is_not_kept() -> None:
    tokens = [{"provision_token": f"{number:08}"} for number in range(MAX_SECRETS + 1)]
    scrub(msgspec.json.encode(tokens[1:]), MAX_BYTES)
    for payload in (msgspec.json.encode(tokens), b"oops " + msgspec.json.encode(tokens)):
        with pytest.raises(TooManySecrets):
            scrub(payload, MAX_BYTES)


def test_a_short_token_is_removed_but_not_hunted() -> None:
    kept, secrets = scrub(b'{"provision_token":"1","metrics":{"t":1,"mode":"1"}}', MAX_BYTES)
    assert msgspec.json.decode(kept) == {"metrics": {"t": 1, "mode": "1"}}
    assert list(secrets) == []


def test_hiding_leaves_the_rest_as_it_is() -> None:
    value = {"a": [1, None, {"provision_token": "x", "b": f"<{TOKEN}>"}], "c": 1.5}
    assert hide(value, secrets_of(TOKEN)) == {"a": [1, None, {"b": f"<{MASK}>"}], "c": 1.5}
    assert mask(f"ts {TOKEN}", secrets_of(TOKEN)) == f"ts {MASK}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(TOKEN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["provision_token", "x", TOKEN]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
def test_wherever_the_field_stands_its_text_is_gone(value: Any) -> None:
    payload = msgspec.json.encode({"provision_token": TOKEN, "value": value})
    kept, _ = scrub(payload, MAX_BYTES)
    assert TOKEN.encode() not in kept
    msgspec.json.decode(kept)


@given(st.data())
def test_wherever_a_payload_breaks_its_token_is_gone(data: st.DataObject) -> None:
    """Bytes are cut out or put in anywhere outside of the field."""
    before = b'{"ts":1,"metrics":{"t":[1,2]},'
    after = b',"more":{"a":"b"}}'
    at = data.draw(st.integers(0, len(before)))
    junk = data.draw(st.binary(max_size=3).filter(lambda it: b"\\" not in it))
    end = data.draw(st.integers(0, len(after)))
    field = b'"provision_token":"%b"' % TOKEN.encode()
    kept, _ = scrub(before[:at] + junk + field + after[:end], MAX_BYTES)
    assert TOKEN.encode() not in kept
