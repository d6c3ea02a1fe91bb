"""Why a signature does not verify is said in the words of the mistake, and no secret with it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.insight.signature_bench import Bench, Finding, Signed, examine
from pulse_router.domain.secrets.signatures import Mac, SigningKey, signature_lines

NEW, OLD = b"the newest key of all", b"an older key, in its overlap"
NOW = 1_767_225_600
KEYS = (SigningKey(NEW), SigningKey(OLD, NOW + 3600))
BODY = '{"metrics":{"temperature":91.20,"place":"Küche"},"n":1}'.encode()


def headers_of(body: bytes, *keys: bytes, at: int = NOW) -> Mapping[str, str]:
    """What a receiver gets of a body that is signed with these keys."""
    macs = [Mac(key) for key in keys]
    lines = signature_lines(body, macs, message_id="7", unix_seconds=at).splitlines()
    pairs = (line.partition(": ") for line in lines)
    return {name.lower(): value for name, _, value in pairs}


def found(
    headers: Mapping[str, str],
    body: bytes = BODY,
    keys: Sequence[SigningKey] = KEYS,
    now: float = NOW,
) -> Bench:
    bench = examine(Signed(headers, body), keys, now=now, tolerance_seconds=300)
    for key in (NEW, OLD):
        assert key.decode() not in repr(bench)
        assert Mac(key).digest(body).hex() not in repr(bench)
    return bench


def test_what_is_right_is_valid_by_the_key_that_made_it() -> None:
    bench = found(headers_of(BODY, NEW, OLD))
    assert (bench.finding, bench.key, bench.say) == (
        Finding.VALID,
        0,
        "valid, by the newest secret",
    )
    bench = found(headers_of(BODY, OLD))
    assert (bench.finding, bench.key) == (Finding.VALID_BY_OLDER, 1)
    assert bench.say == "valid, but by an old secret, which ends"
    assert found(headers_of(BODY, OLD), now=NOW + 4000).finding is Finding.TOO_OLD
    ended = (KEYS[0], SigningKey(OLD, NOW - 1))
    assert found(headers_of(BODY, OLD), keys=ended).say.endswith("which has ended")


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (json.dumps(json.loads(BODY), ensure_ascii=False).replace("91.2,", "91.20,"), "blanks"),
        (BODY.decode().replace("ü", "\\u00fc"), "escapes"),
        (json.dumps({"metrics": {"temperature": 1}}), "no match"),
        (BODY.decode() + "\n", "around"),
        ("\ufeff" + BODY.decode(), "around"),
        (BODY.decode().replace("91.20", "91.2"), "no match"),  # a digit is lost for good
    ],
)
def test_a_body_that_was_written_anew_is_named(body: str, how: str) -> None:
    for headers in (
        headers_of(BODY, NEW),
        {"x-signature-256": headers_of(BODY, NEW)["x-signature-256"]},
    ):
        bench = found(headers, body.encode())
        if how == "no match":
            assert bench.finding is Finding.NO_MATCH
        else:
            assert bench.finding is Finding.BODY_RESERIALISED
            assert bench.say.startswith("body was re-serialised: same content, other bytes")
            assert how in bench.say


def test_time_is_told_by_how_much() -> None:
    bench = found(headers_of(BODY, NEW, at=NOW - 612))
    assert (bench.finding, bench.age_seconds) == (Finding.TOO_OLD, 612)
    assert bench.say.startswith("older than the tolerance by 312 s")
    bench = found(headers_of(BODY, NEW, at=NOW + 301))
    assert bench.say.startswith("newer than the tolerance by 1 s")


def test_headers_that_are_missing_cut_or_changed_are_named() -> None:
    right = dict(headers_of(BODY, NEW))
    for change, finding, header in (
        ({"webhook-id": ""}, Finding.HEADER_MISSING, "webhook-id"),
        ({"webhook-timestamp": "yesterday"}, Finding.MALFORMED, "webhook-timestamp"),
        ({"webhook-signature": "v1,abc"}, Finding.MALFORMED, "webhook-signature"),
        ({"webhook-signature": right["webhook-signature"][3:]}, Finding.MALFORMED, None),
        ({"webhook-id": "8"}, Finding.HEADERS_CHANGED, "webhook-signature"),
        ({"webhook-timestamp": str(NOW - 1)}, Finding.HEADERS_CHANGED, "webhook-signature"),
    ):
        bench = found({**right, **change})
        assert bench.finding is finding, change
        assert header is None or bench.header == header
    assert found({}).finding is Finding.HEADER_MISSING
    assert found({"x-signature-256": "sha256=12"}).finding is Finding.MALFORMED
    assert found({"x-signature-256": right["x-signature-256"]}).finding is Finding.VALID
    assert found(right, keys=()).finding is Finding.NOT_SIGNED
    assert found(headers_of(BODY, b"another route's")).finding is Finding.NO_MATCH


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x-signature-256"])
        | st.text(),
        st.text() | st.just("v1," + "A" * 43 + "="),
    ),
    body=st.binary()
    | st.text('"\\ {}[]:,é\ud800n1').map(lambda text: text.encode("utf-8", "surrogatepass")),
)
def test_whatever_comes_is_judged_and_never_valid(headers: dict[str, str], body: bytes) -> None:
    assert found(headers, body).finding not in {Finding.VALID, Finding.VALID_BY_OLDER}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_that_a_framework_has_read_and_written_is_found_out(
    value: object, is_ascii: bool, indent: str | int | None
) -> None:
    sent = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    try:
        body = sent.encode()
    except UnicodeEncodeError:
        return
    anew = json.dumps(json.loads(sent), ensure_ascii=is_ascii, indent=indent).encode()
    finding = found(headers_of(body, NEW), anew).finding
    assert finding is (Finding.VALID if anew == body else Finding.BODY_RESERIALISED)


@pytest.mark.parametrize("unit", ['"', '\\"', "\\", '"\\', " ", "{", '"\\u00e9"'])
def test_a_body_costs_what_it_weighs(unit: str) -> None:
    def seconds(size: int) -> float:
        body = (unit * size)[:size].encode()
        start = time.process_time()
        found(headers_of(b"other", NEW), body)
        return time.process_time() - start

    seconds(1000)
    assert seconds(60_000) < 0.5  # squares would take minutes
