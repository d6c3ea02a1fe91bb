"""A webhook endpoint that remembers what it got, and can be stopped and started again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import msgspec
import pytest


@attrs.frozen
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@attrs.define
class WebhookSink:
    """Answers every request with `status`; the port stays the same over stops and starts.

    `status_of`, where it is given, says the status of each.
    """

    port: int = 0
    status: int = 204
    status_of: Callable[[Received], int] | None = None
    received: list[Received] = attrs.field(factory=list)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # its sender was killed
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received("POST", self.path, headers, body)
                status = sink.status if sink.status_of is None else sink.status_of(request)
                sink.received.append(request)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    """An endpoint that takes what comes."""
    opened = WebhookSink()
    opened.start()
    yield opened
    opened.stop()
