"""An issuer's keys at hand: when they are asked for, and what holds when they cannot be had."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.fetching import FetchedKeys
from pulse_router.oidc.issuer_keys import (
    COOLDOWN_SECONDS,
    LONGEST_RETRY_SECONDS,
    PATIENCE_SECONDS,
    STALE_SECONDS,
    IssuerKeys,
)
from pulse_router.oidc.key_sets import (
    FRESH_SECONDS,
    LEAST_FRESH_SECONDS,
    MOST_FRESH_SECONDS,
    fresh_seconds,
    read_key_set,
)


def key(kid: str | None) -> Key:
    return OKPKey.generate_key("Ed25519", {"kid": kid} if kid else {})


OLD, NEW = key("old"), key("new")


@attrs.define(eq=False)
class ScriptedIssuer:
    """Gives the keys that a test sets, after a while; None is an outage."""

    keys: tuple[Key, ...] | None = (OLD,)
    seconds: float = 0.5
    asked_at: list[float] = attrs.field(factory=list)

    async def fetch(self) -> FetchedKeys:
        self.asked_at.append(trio.current_time())
        await trio.sleep(self.seconds)
        if self.keys is None:
            raise Unavailable("the issuer is away")
        return FetchedKeys(self.keys, FRESH_SECONDS)


@asynccontextmanager
async def running(issuer: ScriptedIssuer) -> AsyncIterator[IssuerKeys]:
    keys = IssuerKeys(issuer.fetch)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keys.run)
        yield keys
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def asked_once() -> AsyncIterator[tuple[ScriptedIssuer, IssuerKeys]]:
    """An issuer whose keys are at hand."""
    issuer = ScriptedIssuer()
    async with running(issuer) as keys:
        await keys.find_keys("old", "OKP")
        yield issuer, keys


async def test_a_hundred_requests_at_the_start_ask_the_issuer_once(
    autojump_clock: MockClock,
) -> None:
    issuer, found = ScriptedIssuer(), []
    async with running(issuer) as keys:

        async def ask() -> None:
            found.append(await keys.find_keys("old", "OKP"))

        async with trio.open_nursery() as requests:
            for _ in range(100):
                requests.start_soon(ask)
    assert found == [[OLD]] * 100
    assert len(issuer.asked_at) == 1


async def test_a_new_key_is_found_at_the_first_token_that_names_it(
    autojump_clock: MockClock,
) -> None:
    async with asked_once() as (issuer, keys):
        before = keys.generation
        await trio.sleep(COOLDOWN_SECONDS)
        issuer.keys = (OLD, NEW)
        assert await keys.find_keys("new", "OKP") == [NEW]
        assert await keys.find_keys("old", "OKP") == [OLD]
        assert keys.generation != before
    assert len(issuer.asked_at) == 2


async def test_made_up_keys_make_nobody_ask_more_often_than_the_cooldown(
    autojump_clock: MockClock,
) -> None:
    issuer = ScriptedIssuer()
    async with running(issuer) as keys:
        for number in range(600):
            assert await keys.find_keys(f"made up {number}", "OKP") == []
            await trio.sleep(0.1)
    gaps = [later - former for former, later in itertools.pairwise(issuer.asked_at)]
    assert 3 <= len(gaps) <= 6
    assert min(gaps) >= COOLDOWN_SECONDS


async def test_a_key_that_comes_right_after_an_answer_is_found_when_the_cooldown_ends(
    autojump_clock: MockClock,
) -> None:
    async with asked_once() as (issuer, keys):
        issuer.keys = (NEW,)
        assert await keys.find_keys("new", "OKP") == []
        await trio.sleep(COOLDOWN_SECONDS + 1)
        assert await keys.find_keys("new", "OKP") == [NEW]
    assert len(issuer.asked_at) == 2


async def test_a_key_that_the_issuer_withdraws_is_forgotten_when_its_time_is_over(
    autojump_clock: MockClock,
) -> None:
    async with asked_once() as (issuer, keys):
        issuer.keys = (NEW,)
        await trio.sleep(FRESH_SECONDS + 1)
        assert await keys.find_keys("old", "OKP") == []


async def test_an_issuer_that_is_away_at_the_start_is_asked_until_it_is_there(
    autojump_clock: MockClock,
) -> None:
    issuer = ScriptedIssuer(keys=None)
    async with running(issuer) as keys:
        for _ in range(3):
            with pytest.raises(Unavailable, match="the issuer is away"):
                await keys.find_keys("old", "OKP")
        await trio.sleep(600)
        asked = len(issuer.asked_at)
        assert 600 / (LONGEST_RETRY_SECONDS + 1) <= asked < 20
        issuer.keys = (OLD,)
        await trio.sleep(LONGEST_RETRY_SECONDS + 1)
        assert await keys.find_keys("old", "OKP") == [OLD]


async def test_an_issuer_that_answers_nobody_holds_no_request_for_long(
    autojump_clock: MockClock,
) -> None:
    async with running(ScriptedIssuer(seconds=3600)) as keys:
        began = trio.current_time()
        with pytest.raises(Unavailable, match="has not answered yet"):
            await keys.find_keys("old", "OKP")
        assert trio.current_time() - began == pytest.approx(PATIENCE_SECONDS)


async def test_known_keys_hold_for_a_day_while_the_issuer_is_away(
    autojump_clock: MockClock,
) -> None:
    async with asked_once() as (issuer, keys):
        issuer.keys = None
        await trio.sleep(STALE_SECONDS - 60)
        assert await keys.find_keys("old", "OKP") == [OLD]
        with pytest.raises(Unavailable):
            await keys.find_keys("new", "OKP")
        await trio.sleep(60 + 2 * LONGEST_RETRY_SECONDS)
        with pytest.raises(Unavailable):
            await keys.find_keys("old", "OKP")


async def test_a_request_that_is_cancelled_leaves_the_others_their_answer(
    autojump_clock: MockClock,
) -> None:
    async with running(ScriptedIssuer()) as keys:
        with trio.move_on_after(0.1) as scope:
            await keys.find_keys("old", "OKP")
        assert scope.cancelled_caught
        assert await keys.find_keys("old", "OKP") == [OLD]


async def test_a_token_without_a_key_id_and_a_key_without_one_suit_each_other(
    autojump_clock: MockClock,
) -> None:
    nameless = key(None)
    async with running(ScriptedIssuer((OLD, NEW, nameless))) as keys:
        assert await keys.find_keys(None, "OKP") == [OLD, NEW, nameless]
        assert await keys.find_keys("new", "OKP") == [NEW, nameless]
        assert await keys.find_keys("new", "RSA") == []


def published(private: Key, **changes: object) -> dict[str, object]:
    return {**private.as_dict(private=False), **changes}


def test_only_keys_that_may_sign_are_taken_from_a_key_set() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    curve = ECKey.generate_key("P-256", {"kid": "ec"})
    good = [
        published(rsa, alg="RS256", use="sig"),
        published(curve),
        published(OLD, alg="EdDSA", key_ops=["verify"]),
    ]
    bad: list[object] = [
        None,
        "text",
        {},
        {"kty": "unheard-of"},
        {"kty": ["RSA"]},
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        published(rsa, use="enc"),
        published(rsa, alg="RSA-OAEP"),
        published(rsa, alg="RS512"),
        published(rsa, key_ops=["encrypt"]),
        published(rsa, key_ops="verify"),
        published(rsa, n="AQAB"),
        published(rsa, n=7),
        published(rsa, e="AA"),
        published(rsa, kid=7),
        published(curve, x="AAAA"),
        published(curve, alg="ES384"),
        published(ECKey.generate_key("P-384")),
        published(OKPKey.generate_key("X25519")),
        published(OKPKey.generate_key("Ed448")),
    ]
    taken = read_key_set({"keys": [*bad, *good]})
    assert [each.kid for each in taken] == ["rsa", "ec", "old"]


@pytest.mark.parametrize("document", [None, [], {}, {"keys": None}, {"keys": {}}, {"keys": []}])
def test_what_is_no_key_set_has_no_keys(document: object) -> None:
    assert read_key_set(document) == ()


def test_a_private_key_that_an_issuer_publishes_by_mistake_is_not_kept() -> None:
    (taken,) = read_key_set({"keys": [NEW.as_dict(private=True)]})
    assert not taken.is_private


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, FRESH_SECONDS),
        ("no-cache", FRESH_SECONDS),
        ("public, max-age=300, must-revalidate", 300),
        ('Max-Age="90"', 90),
        ("max-age=0", LEAST_FRESH_SECONDS),
        ("max-age=999999999", MOST_FRESH_SECONDS),
        ("s-maxage=120", FRESH_SECONDS),
    ],
)
def test_how_long_keys_are_new_is_the_issuers_word_within_bounds(
    header: str | None, seconds: float
) -> None:
    assert fresh_seconds(header) == seconds
