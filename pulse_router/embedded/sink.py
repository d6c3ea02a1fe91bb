"""A webhook sink: answers every request with 200, and hands on what it got.

Knows HTTP; does not know who sends, nor checks signatures: it is there to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import attrs
import h11
import trio

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_CONNECTIONS = 512
IDLE_SECONDS = 75.0
READ_BYTES = 64 * 1024
SHOWN_CHARACTERS = 240

_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202f-\ud7ff\ue000-\ufffd]+")


@attrs.frozen
class SinkRequest:
    """A request as it came in; the names of its headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def describe(self) -> str:
        """Put it into one readable line, without its query string, which may hold secrets."""
        path = self.target.partition("?")[0]
        signed = "webhook-signature" in self.headers or "x-signature-256" in self.headers
        parts = [
            f"{self.method} {path}",
            f"webhook-id={self.headers.get('webhook-id', '-')}",
            f"attempt={self.headers.get('x-pulse-attempt', '-')}",
            "signed" if signed else "unsigned",
            self.body.decode(errors="replace"),
        ]
        line = _UNPRINTABLE.sub(" ", "  ".join(parts))
        return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"


class _Refused(Exception):
    """The request cannot be taken; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def run_sink(
    hosts: Sequence[str],
    port: int,
    on_request: Callable[[SinkRequest], None],
    *,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve for ever; cancel it to stop.

    Args:
        hosts: The addresses to listen on.
        port: The port, the same on each; 0 for any. The one in use is the started value.
        on_request: Called with each request before it is answered; must not wait.
        task_status: Started with the port once every address is listened on.

    Raises:
        OSError: An address cannot be listened on.
    """
    listeners: list[trio.SocketListener] = []
    for host in hosts:
        listeners += await trio.open_tcp_listeners(port, host=host)
        port = listeners[0].socket.getsockname()[1]
    places = trio.CapacityLimiter(MAX_CONNECTIONS)

    async def handle(stream: trio.SocketStream) -> None:
        async with places, stream:
            # Whatever is wrong with one connection ends that connection.
            try:
                await _Exchange(stream, on_request).run()
            except (trio.BrokenResourceError, trio.TooSlowError, h11.ProtocolError):
                return

    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, handle, listeners)
        task_status.started(port)


@attrs.define(eq=False)
class _Exchange:
    """The requests of one connection, one after another."""

    stream: trio.SocketStream
    on_request: Callable[[SinkRequest], None]
    http: h11.Connection = attrs.field(factory=lambda: h11.Connection(h11.SERVER))

    async def run(self) -> None:
        while (status := await self._serve_one()) is not None:
            await self._answer(status)
            if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
                break
            self.http.start_next_cycle()

    async def _serve_one(self) -> int | None:
        try:
            with trio.fail_after(IDLE_SECONDS):
                request = await self._read()
        except _Refused as refused:
            return refused.status
        except h11.RemoteProtocolError as error:
            return error.error_status_hint
        if request is None:
            return None
        self.on_request(request)
        return 200

    async def _read(self) -> SinkRequest | None:
        head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise _Refused(413)
        if not isinstance(event, h11.EndOfMessage):
            return None
        return SinkRequest(
            method=head.method.decode(),
            target=head.target.decode(errors="replace"),
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            body=bytes(body),
        )

    async def _next_event(self) -> h11.Event | None:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self.http.receive_data(await self.stream.receive_some(READ_BYTES))
        return event if isinstance(event, h11.Event) else None

    async def _answer(self, status: int) -> None:
        if self.http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        headers = [("content-type", "text/plain"), ("content-length", "3")]
        await self._send(h11.Response(status_code=status, headers=headers))
        await self._send(h11.Data(data=b"ok\n" if status == 200 else b"no\n"))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        if data := self.http.send(event):
            await self.stream.send_all(data)
