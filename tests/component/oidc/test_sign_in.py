"""Where one signs in at an issuer: asked beside the work, and never waited for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import trio
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.oidc.fetching import Endpoints
from pulse_router.oidc.sign_in import FRESH_SECONDS, NOT_ASKED, SignInEndpoints

FIRST = Endpoints("https://a.test/auth", "https://a.test/token", None)
MOVED = Endpoints("https://b.test/auth", "https://b.test/token", "https://b.test/out")


@attrs.define(eq=False)
class ScriptedIssuer:
    """Answers with one after the other; errors are raised."""

    answers: list[Endpoints | Exception]
    asked_at: list[float] = attrs.field(factory=list)

    async def fetch(self) -> Endpoints:
        await trio.lowlevel.checkpoint()
        self.asked_at.append(trio.current_time())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def state(endpoints: SignInEndpoints) -> tuple[Endpoints | None, str | None]:
    return endpoints.known, endpoints.problem


def seen(
    nursery: trio.Nursery, answers: Sequence[Endpoints | Exception]
) -> tuple[ScriptedIssuer, SignInEndpoints]:
    issuer = ScriptedIssuer([*answers])
    endpoints = SignInEndpoints(issuer.fetch)
    assert state(endpoints) == (None, NOT_ASKED)
    nursery.start_soon(endpoints.run)
    return issuer, endpoints


async def test_they_are_asked_for_at_the_start_and_each_hour(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    issuer, endpoints = seen(nursery, [FIRST, MOVED, MOVED])
    await trio.sleep(1)
    assert state(endpoints) == (FIRST, None)
    await trio.sleep(FRESH_SECONDS)
    assert endpoints.known == MOVED
    assert issuer.asked_at[1] - issuer.asked_at[0] == FRESH_SECONDS


async def test_an_issuer_that_is_away_is_asked_again_ever_more_seldom(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    away = Unavailable("https://a.test does not answer in time")
    issuer, endpoints = seen(nursery, [away, ValueError("odd"), away, FIRST, away, MOVED])
    await trio.sleep(0.5)
    assert endpoints.problem == "https://a.test does not answer in time"
    await trio.sleep(1)
    assert endpoints.problem == "the issuer's answer cannot be read (ValueError)"
    await trio.sleep(2 + 4)
    assert state(endpoints) == (FIRST, None)
    began = issuer.asked_at[0]
    assert [at - began for at in issuer.asked_at] == [0, 1, 3, 7]
    await trio.sleep(FRESH_SECONDS)
    assert state(endpoints) == (FIRST, None)  # it holds while it is away
    await trio.sleep(1)
    assert endpoints.known == MOVED
