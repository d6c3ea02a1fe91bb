"""Reads take turns: however many are asked for at once, few are answered together."""

from __future__ import annotations

import time

import pytest
import trio
from quart import Response
from quart_trio import QuartTrio
from trio.testing import MockClock

from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.paths import Paths
from pulse_router.api.access.read_turns import AT_ONCE, LONG_SECONDS, ReadTurns
from pulse_router.api.access.tokens import SharedSecretVerifier, issue_token
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.requests.responses import empty_response
from pulse_router.api.server.cors import Cors
from pulse_router.api.server.envelope import Envelope
from pulse_router.domain.budgets import Budget, Budgets

SECRET = "a secret for tests, long enough for HS256"
REQUESTS = 5 * AT_ONCE
DEFAULT = Budget()
AT_ONCE_PER_TENANT = DEFAULT.database_connections


def operation(name: str) -> Operation:
    return Operation(id=name, tag="Test", summary="Wait", answers={204: None})


async def most_at_once(method: str, budget: Budget = DEFAULT) -> int:
    """Ask many times at once; returns how many were being answered together at the most."""
    together = most = answered = 0

    async def handle(tenant_id: str) -> Response:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await trio.sleep(1)
        together -= 1
        return empty_response()

    app = QuartTrio("turns")
    tokens = SharedSecretVerifier(SECRET, issuer=None, audience=None, unix_time=time.time)
    paths = Paths(app, tokens, TenantGate(Budgets(budget)), answer_seconds=60)
    paths.customer(method, "/slow", handle, writes=method != "GET", operation=operation("slow"))
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(()), access_log="off"
    )
    token = issue_token(
        SECRET, tenant="T", roles=["customer"], expires_seconds=3600, now=time.time()
    )

    async def ask() -> None:
        nonlocal answered
        client = app.test_client()
        send = client.get if method == "GET" else client.post
        answer = await send("/slow", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 204
        answered += 1

    async with trio.open_nursery() as nursery:
        for _ in range(REQUESTS):
            nursery.start_soon(ask)
    assert answered == REQUESTS
    return most


async def test_reads_take_turns(autojump_clock: MockClock) -> None:
    assert await most_at_once("GET") == AT_ONCE_PER_TENANT


@pytest.mark.parametrize(("connections", "most"), [(1, 1), (3, 3), (0, REQUESTS)])
async def test_as_many_as_a_tenant_may_hold_connections(
    autojump_clock: MockClock, connections: int, most: int
) -> None:
    assert await most_at_once("GET", Budget(database_connections=connections)) == most


async def test_what_writes_waits_for_nobody(autojump_clock: MockClock) -> None:
    assert await most_at_once("POST") == REQUESTS


class Readers:
    """Reads that are under way, by what they are called."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._turns = ReadTurns(lambda _tenant: AT_ONCE_PER_TENANT)
        self._nursery = nursery
        self.begun: list[str] = []

    def read(self, name: str, tenant_id: str | None, seconds: float) -> None:
        async def work() -> None:
            with await self._turns.take(tenant_id):
                self.begun.append(name)
                await trio.sleep(seconds)

        self._nursery.start_soon(work)

    async def begun_by(self, seconds: float) -> set[str]:
        await trio.sleep_until(trio.current_time() + seconds)
        begun, self.begun = set(self.begun), []
        return begun


async def test_no_more_than_a_few_are_answered_together_whoever_asks(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        readers = Readers(nursery)
        for number in range(5):
            readers.read(f"read {number}", f"T{number}", LONG_SECONDS / 2)
            await trio.lowlevel.checkpoint()
        counts = [len(await readers.begun_by(0.01))]
        counts += [len(await readers.begun_by(LONG_SECONDS / 2)) for _ in range(3)]
        assert counts == [AT_ONCE, AT_ONCE, 1, 0]


async def test_who_reads_for_long_keeps_only_itself_waiting(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        readers = Readers(nursery)
        for number in range(9):
            readers.read(f"long {number}", "NOISY", 30)
        assert len(await readers.begun_by(1)) == AT_ONCE_PER_TENANT
        for number in range(9):
            readers.read(f"quick {number}", "QUIET", LONG_SECONDS / 2)
        readers.read("operator", None, 0)
        quick = {f"quick {number}" for number in range(9)}
        assert await readers.begun_by(5 * LONG_SECONDS) == quick | {"operator"}
        assert await readers.begun_by(28) == set()
        assert len(await readers.begun_by(2)) == AT_ONCE_PER_TENANT
        nursery.cancel_scope.cancel()


async def test_whoever_gives_up_leaves_the_line(autojump_clock: MockClock) -> None:
    turns = ReadTurns(lambda _tenant: AT_ONCE_PER_TENANT)

    async def give_up_soon(seconds: float) -> None:
        with trio.move_on_after(seconds):
            with await turns.take("T"):
                await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(give_up_soon, number / 100)
    with trio.fail_after(LONG_SECONDS / 2):
        with await turns.take("T"), await turns.take("T"):
            pass
