"""Sessions of TLS are taken where they are of use, and seldom where each look loses memory."""

from __future__ import annotations

import ssl

import attrs
import trio
import trio.testing

from pulse_router.webhook.sessions import (
    LOOK_SECONDS,
    LOOKS,
    MAX_SESSIONS,
    USELESS_SECONDS,
    TlsSessions,
)
from pulse_router.webhook.tls import TlsSession


@attrs.define
class Server:
    """Gives a new session with each look; says whether an earlier one was resumed."""

    sessions: TlsSessions
    looks: int = 0

    def look(self) -> TlsSession:
        self.looks += 1
        # What a session is made of is OpenSSL's: nothing here looks into it.
        return TlsSession(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), None)  # type: ignore[arg-type]

    def connect(self, origin: object, *, is_resumed: bool = False) -> None:
        self.sessions.note(origin, self.look, is_resumed=is_resumed)


async def test_a_session_is_kept_until_it_is_resumed_no_more(  # noqa: ASYNC124 - under Trio's clock
    autojump_clock: trio.testing.MockClock,
) -> None:
    server = Server(TlsSessions(are_costly=True))
    server.connect("a")
    first = server.sessions.get("a")
    assert first is not None
    for _ in range(1000):
        server.connect("a", is_resumed=True)
    assert (server.looks, server.sessions.get("a")) == (1, first)
    server.connect("a")  # it has expired
    assert server.looks == 2
    assert server.sessions.get("a") is not first


async def test_sessions_that_are_never_resumed_are_not_looked_at_for_a_day(
    autojump_clock: trio.testing.MockClock,
) -> None:
    server = Server(TlsSessions(are_costly=True))
    for _ in range(1000):
        server.connect("a")
        await trio.sleep(60)
    assert server.looks == 1
    await trio.sleep(USELESS_SECONDS)
    server.connect("a")
    assert server.looks == 2


async def test_looks_are_bounded_whatever_many_origins_do(
    autojump_clock: trio.testing.MockClock,
) -> None:
    server = Server(TlsSessions(are_costly=True))
    for number in range(10_000):
        server.connect(number)
    assert server.looks == LOOKS
    for number in range(1000):
        await trio.sleep(LOOK_SECONDS / 10)
        server.connect(number + 20_000)
    assert LOOKS + 95 <= server.looks <= LOOKS + 101


async def test_where_a_look_costs_nothing_the_newest_are_kept(  # noqa: ASYNC124 - under Trio's clock
    autojump_clock: trio.testing.MockClock,
) -> None:
    server = Server(TlsSessions(are_costly=False))
    for number in range(2 * MAX_SESSIONS):
        server.connect(number)
    assert server.looks == 2 * MAX_SESSIONS
    assert server.sessions.get(MAX_SESSIONS - 1) is None
    assert server.sessions.get(MAX_SESSIONS) is not None
