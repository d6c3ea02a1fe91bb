"""Sends deliveries to a hostile server, each followed by one that must get its own answer."""

from __future__ import annotations

import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import trio

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.retry import classify_status
from pulse_router.domain.routes import Route
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.webhooks import LOOPBACK, resolve_to
from tests.support.receivers.oracle import expected_status
from tests.support.receivers.scripts import Script, make_script
from tests.support.servers.certificates import TestAuthority

PORTS: Final = 32
"""Each with deliveries one after the other, so that the next meets what the last has left."""
HONEST_FROM: Final = 10**9
PATIENCE_SECONDS: Final = 20.0
GIVEN_UP_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 0.01
REQUEST_TIMEOUT: Final = 408


@attrs.define
class Findings:
    """What was seen.

    Attributes:
        faults: What was not as it must be, the first of it.
        kinds: How many scripts there were of each kind.
        longest_turn_seconds: The most time of the processor that others had to wait for at once.
    """

    faults: list[str] = attrs.field(factory=list)
    kinds: Counter[str] = attrs.field(factory=Counter)
    statuses: Counter[int | None] = attrs.field(factory=Counter)
    longest_turn_seconds: float = 0.0

    def note(self, is_right: bool, fault: str) -> None:
        if not is_right and len(self.faults) < 10:
            self.faults.append(fault[:2000])


@attrs.define(eq=False)
class HostileServer:
    """A server of `raw_server`, as its client sees it."""

    seed: int
    ports: Sequence[int]
    context: ssl.SSLContext
    findings: Findings
    _late: dict[int, trio.Event] = attrs.field(factory=dict)

    def hear(self, word: str) -> None:
        """Take what it says on its output."""
        kind, _, text = word.partition(" ")
        number = int(text)
        if kind == "late":
            self._event(number).set()
            return
        # A connection that ended idle may say so, and is replaced.
        is_right = expected_status(self._script(number).said) == REQUEST_TIMEOUT
        self.findings.note(is_right, f"sent again: {self._script(number)}")

    async def wait_until_late(self, number: int) -> None:
        """Wait until it has said what nobody asked for."""
        with trio.fail_after(PATIENCE_SECONDS):
            await self._event(number).wait()
        del self._late[number]

    def _event(self, number: int) -> trio.Event:
        return self._late.setdefault(number, trio.Event())

    def _script(self, number: int) -> Script:
        return make_script(self.seed, number, encrypted=is_encrypted(number))


def is_encrypted(number: int) -> bool:
    """Tell whether a number goes to an encrypted port."""
    return number % 2 == 1


@asynccontextmanager
async def open_hostile_server(seed: int) -> AsyncIterator[HostileServer]:
    """Run one for a block."""
    authority = TestAuthority()
    issued = authority.issue("localhost")
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder) / "chain.pem"
        chain.write_bytes(issued.key + issued.certificate)
        command = [sys.executable, "-m", "tests.support.receivers.raw_server"]
        async with trio.open_nursery() as nursery:
            process = await trio.lowlevel.open_process(
                [*command, str(seed), str(PORTS), str(chain)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            lines = _lines(process.stdout)
            ports = [int(port) for port in (await anext(lines)).split()]
            server = HostileServer(seed, ports, authority.client_context(), Findings())
            nursery.start_soon(_hear, server, lines)
            try:
                yield server
            finally:
                process.kill()
                with trio.CancelScope(shield=True):
                    await process.wait()
                nursery.cancel_scope.cancel()


async def face(server: HostileServer, numbers: range) -> None:
    """Send the deliveries of these numbers; a fault is noted, and a hang raises.

    Raises:
        trio.TooSlowError: One did not end.
    """
    async with (
        open_webhooks(
            LOOPBACK, tls=WebhookTls(TlsContexts(server.context)), resolver=resolve_to("127.0.0.1")
        ) as webhooks,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(_watch, server.findings)
        async with trio.open_nursery() as senders:
            for place in range(len(server.ports)):
                own = [number for number in numbers if number % len(server.ports) == place]
                senders.start_soon(_send_all, webhooks, server, own)
        assert webhooks.connections <= len(server.ports)
        nursery.cancel_scope.cancel()


async def _send_all(
    webhooks: WebhookDestination, server: HostileServer, numbers: Sequence[int]
) -> None:
    for number in numbers:
        script = make_script(server.seed, number, encrypted=is_encrypted(number))
        status = expected_status(script.said)
        server.findings.kinds[script.kind] += 1
        server.findings.statuses[status] += 1
        patience = GIVEN_UP_SECONDS if script.hangs else PATIENCE_SECONDS
        route = _route(server, number, "script", patience)
        outcome = await _deliver(webhooks, number, route)
        expected = Verdict.RETRY if status is None else classify_status(status)
        is_right = (outcome.status, outcome.verdict) == (status, expected)
        server.findings.note(is_right, f"expected {status}, got {outcome}: {script}")
        if script.late:
            await server.wait_until_late(number)
        route = _route(server, number, "honest", PATIENCE_SECONDS)
        outcome = await _deliver(webhooks, HONEST_FROM + number, route)
        is_right = outcome.response == f"honest {HONEST_FROM + number}" and outcome.status == 200
        server.findings.note(is_right, f"the next got {outcome}, behind {script}")


async def _deliver(webhooks: WebhookDestination, number: int, route: Route) -> Outcome:
    with trio.fail_after(PATIENCE_SECONDS + 10):
        return await webhooks.deliver(make_delivery(number), route, attempt=1)


def _route(server: HostileServer, number: int, path: str, timeout_seconds: float) -> Route:
    scheme = "https" if is_encrypted(number) else "http"
    port = server.ports[number % len(server.ports)]
    url = f"{scheme}://localhost:{port}/{path}"
    return make_route(port, url=url, timeout_seconds=timeout_seconds)


async def _watch(findings: Findings) -> None:
    """Look how long the others hold the processor before somebody else has a turn."""
    while True:
        before = time.thread_time()
        await trio.sleep(BEAT_SECONDS)
        turn = time.thread_time() - before
        findings.longest_turn_seconds = max(findings.longest_turn_seconds, turn)


async def _hear(server: HostileServer, lines: AsyncIterator[str]) -> None:
    async for line in lines:
        server.hear(line)


async def _lines(stream: trio.abc.ReceiveStream) -> AsyncIterator[str]:
    rest = b""
    async for data in stream:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode()
