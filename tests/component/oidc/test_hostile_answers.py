"""Whatever an issuer answers, it costs at most the tokens of that issuer."""

from __future__ import annotations

from typing import Any

import msgspec
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.oidc.fetching import FetchedKeys
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.oidc.key_sets import fresh_seconds, read_key_set
from tests.support.hostile.values import JSON, SCALARS
from tests.support.waiting import wait_until

WORDS = st.sampled_from(["RSA", "EC", "OKP", "RS256", "ES256", "EdDSA", "sig", "enc", "P-256"])
VALUES = WORDS | SCALARS | st.lists(SCALARS, max_size=2) | st.just("A" * 400)
ENTRIES = st.fixed_dictionaries(
    {"kty": st.sampled_from(["RSA", "EC", "OKP"]) | VALUES},
    optional=dict.fromkeys(
        ("use", "alg", "kid", "key_ops", "n", "e", "crv", "x", "y", "d"), VALUES
    ),
)
DOCUMENTS = st.fixed_dictionaries({"keys": st.lists(ENTRIES | JSON, max_size=4)}) | JSON


@given(DOCUMENTS, st.none() | st.text(max_size=5))
def test_every_key_set_gives_keys_that_can_be_looked_for(document: Any, kid: str | None) -> None:
    keys = read_key_set(document)

    async def look() -> None:
        async def fetch() -> FetchedKeys:
            await trio.lowlevel.checkpoint()
            return FetchedKeys(keys, 60)

        known = IssuerKeys(fetch)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(known.run)
            for key_type in ("RSA", "EC", "OKP"):
                await known.find_keys(kid, key_type)
            nursery.cancel_scope.cancel()

    trio.run(look, clock=MockClock(autojump_threshold=0))


@given(st.none() | st.text(max_size=40))
def test_every_cache_control_gives_a_time_within_bounds(text: str | None) -> None:
    assert 60 <= fresh_seconds(text) <= 3600


async def test_an_answer_that_nobody_foresaw_is_trouble_and_the_next_one_counts(
    autojump_clock: MockClock,
) -> None:
    answers = [ZeroDivisionError(), None]

    async def fetch() -> FetchedKeys:
        await trio.lowlevel.checkpoint()
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return FetchedKeys((), 600)

    known = IssuerKeys(fetch)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(known.run)
        await wait_until(lambda: not answers)
        assert await known.find_keys(None, "RSA") == []
        nursery.cancel_scope.cancel()


@given(st.binary(max_size=100) | JSON.map(lambda value: msgspec.json.encode(str(value))))
def test_no_bytes_are_more_than_a_refusal(body: bytes) -> None:
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    assert isinstance(read_key_set(document), tuple)
