"""The quiet neighbour: one device, one route, one live client, ten requests a second.

Each message has a number and the moment when it was due to be sent; it is seen again at the
neighbour's webhook and on its live stream. Nothing here may hold anything else up.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from tests.support.mqtt.publisher import open_publisher
from tests.support.neighbours.target import QUIET, Target, message, routes_sql, topic
from tests.support.streams.bare_websocket import open_bare
from tests.support.waiting import wait_until

PER_SECOND = 10
HEALTH_SECONDS = 0.1
PATIENCE_SECONDS = 10.0
PATHS = ("/customer/message-routes", "/customer/devices?limit=10", "/customer/dead-letter?limit=10")
_NUMBER = re.compile(rb'"number":(\d+)')
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")
_STREAM = "/api/v1/customer/telemetry/stream"


@attrs.define
class Seen:
    """What came back, and when; a request's and a probe's are milliseconds.

    `failed` has what a request or a probe got instead of an answer.
    """

    sent: dict[int, float] = attrs.field(factory=dict)
    webhook: dict[int, float] = attrs.field(factory=dict)
    live: dict[int, float] = attrs.field(factory=dict)
    row: dict[int, float] = attrs.field(factory=dict)
    request: list[float] = attrs.field(factory=list)
    health: list[float] = attrs.field(factory=list)
    failed: list[str] = attrs.field(factory=list)

    def milliseconds(self, arrived: dict[int, float]) -> list[float]:
        """How long the messages that have arrived took."""
        return [
            (arrived[number] - sent) * 1000
            for number, sent in self.sent.items()
            if number in arrived
        ]

    def missing(self) -> set[int]:
        """Which messages have not come everywhere."""
        return set(self.sent) - (self.webhook.keys() & self.live.keys())


@attrs.define(eq=False)
class Neighbour:
    """A tenant that does what tenants do. `seen` is of now, and may be exchanged at any time."""

    target: Target
    webhook_port: int
    seen: Seen = attrs.field(factory=Seen)
    _number: int = 0
    _is_sending: bool = True

    def begin(self) -> Seen:
        """Begin a new time."""
        self.seen = Seen()
        return self.seen

    async def pause(self, *, seconds: float) -> None:
        """Send no more, and wait for what is under way; what has not come is `missing`."""
        self._is_sending = False
        with trio.move_on_after(seconds):
            await wait_until(lambda: not self.seen.missing())
        self._is_sending = True

    async def publish(self) -> None:
        """Publish ten a second."""
        async with open_publisher(self.target.mqtt_port, client_id="quiet") as publisher:
            due = trio.current_time()
            while True:
                await trio.sleep_until(due)
                late, due = trio.current_time() - due, due + 1 / PER_SECOND
                if self._is_sending:
                    self._number += 1
                    self.seen.sent[self._number] = time.time() - late
                    body = message(metrics={"number": self._number, "temperature": 21.5})
                    await publisher.publish(topic(QUIET), body)

    async def take_webhooks(self, stream: trio.SocketStream) -> None:
        """Answer what comes on one connection of the endpoint."""
        data = b""
        while chunk := await self._read(stream):
            data += chunk
            while (end := data.find(b"\r\n\r\n")) >= 0 and (length := _LENGTH.search(data)):
                size = end + 4 + int(length[1])
                if len(data) < size:
                    break
                self._note(self.seen.webhook, data[end:size])
                data = data[size:]
                await stream.send_all(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def _read(self, stream: trio.SocketStream) -> bytes:
        try:
            return bytes(await stream.receive_some())
        except trio.BrokenResourceError:
            return b""

    def _note(self, arrived: dict[int, float], body: bytes) -> None:
        if (number := _NUMBER.search(body)) and int(number[1]) in self.seen.sent:
            arrived.setdefault(int(number[1]), time.time())

    async def listen(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Follow the live stream; one that is ended is opened again, and that is told."""
        while True:
            bearer = f"Bearer {self.target.token(QUIET)}"
            port = self.target.http_port
            async with open_bare(port, _STREAM, Authorization=bearer) as client:
                assert b" 101 " in client.answer, client.answer
                while (frame := await client.frame()) is not None:
                    if b'"connected"' in frame[1]:
                        task_status.started()
                        task_status = trio.TASK_STATUS_IGNORED
                    self._note(self.seen.live, frame[1])
            self.seen.failed.append("the live stream was ended")

    async def ask(self) -> None:
        """Ask ten times a second, over a connection that is kept."""
        async with self.target.client(QUIET) as client:
            client.timeout = PATIENCE_SECONDS
            due, number = trio.current_time(), 0
            while True:
                await trio.sleep_until(due)
                number += 1
                path = PATHS[number % len(PATHS)]
                try:
                    answer = await client.get(path)
                    said = "" if answer.is_success else f"{path}: {answer.status_code}"
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                    said = f"{path}: {error!r}"
                now = trio.current_time()
                self.seen.request.append((now - due) * 1000)
                if said:
                    self.seen.failed.append(said)
                due = max(due + 1 / PER_SECOND, now)

    async def probe(self) -> None:
        """Ask for `/health` again and again, each time over a new connection, as probes do."""
        while True:
            start = trio.current_time()
            said = "no answer"
            with trio.move_on_after(PATIENCE_SECONDS):
                said = await self._probe_once()
            self.seen.health.append((trio.current_time() - start) * 1000)
            if said:
                self.seen.failed.append(f"/health: {said}")
            await trio.sleep(HEALTH_SECONDS)

    async def _probe_once(self) -> str:
        answer = b""
        try:
            async with await trio.open_tcp_stream("127.0.0.1", self.target.http_port) as stream:
                await stream.send_all(
                    b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                )
                async for chunk in stream:
                    answer += chunk
        except (OSError, trio.BrokenResourceError) as error:
            return repr(error)
        return "" if answer.startswith(b"HTTP/1.1 200 ") else repr(answer[:100])


def neighbour_sql(webhook_port: int) -> str:
    """The neighbour's one route."""
    return routes_sql(1, f"http://127.0.0.1:{webhook_port}/hook", tenant=QUIET)


@asynccontextmanager
async def living(target: Target, webhook_port: int) -> AsyncIterator[Neighbour]:
    """A neighbour that lives for as long as the block; the router is ready."""
    neighbour = Neighbour(target, webhook_port)
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, neighbour.take_webhooks, webhook_port, host="127.0.0.1")
        await nursery.start(serve)
        await nursery.start(neighbour.listen)
        nursery.start_soon(neighbour.publish)
        nursery.start_soon(neighbour.ask)
        nursery.start_soon(neighbour.probe)
        yield neighbour
        nursery.cancel_scope.cancel()
