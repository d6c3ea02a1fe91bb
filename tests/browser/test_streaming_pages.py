"""The pages of docs/streaming.md in Chromium, against a router and over a line that breaks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.browser.window import PATIENCE_SECONDS, open_window
from tests.support.commands.router import World, make_token
from tests.support.documents import examples
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.servers.line import open_line
from tests.support.waiting import wait_until

PAGE = """<!doctype html><meta charset="utf-8"><title>A page</title><script type="module">
const token = {token};
window.shown = [];
const show = (...what) => window.shown.push(what);
{example}
</script>"""


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[str]:
    """Serve pages from an origin of their own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def make_pages(address: str) -> dict[str, str]:
    """Both pages of the document with a good token, then both with another."""
    found = examples("streaming.md", "javascript")
    assert [example.heading for example in found] == ["In a page", "In a page"]
    return {
        f"/{number}?token={token}": PAGE.replace("{token}", json.dumps(token)).replace(
            "{example}", example.at(address)
        )
        for token in (make_token(), "a.b.c")
        for number, example in enumerate(found)
    }


def numbers(shown: list[Any]) -> list[int]:
    """The numbers of the readings that a page has shown."""
    return [metrics["number"] for device, metrics in shown if device == "DEV-001"]


async def test_pages_follow_over_a_broken_line_and_see_when_they_are_refused(world: World) -> None:
    def streams() -> int:
        answer = world.router.get("/api/v1/telemetry/stream/status")
        return -1 if answer is None else int(answer.json()["total_connections"])

    async with (
        open_line(world.router.http_port) as line,
        open_publisher(world.broker.port) as publisher,
    ):
        pages = make_pages(f"127.0.0.1:{line.port}")
        with serving(pages) as origin:
            world.router.environment["PULSE_HTTP_CORS_ORIGINS"] = origin
            await world.router.start_and_wait()
            async with open_window(*(origin + path for path in pages)) as window:
                await wait_until(lambda: streams() == 2, seconds=PATIENCE_SECONDS)
                await publisher.publish(world.topic(1), payload(0))
                await wait_until(lambda: all(map(numbers, window.shown[:2])))
                line.cut()
                for number in range(1, 4):  # nobody sees these when they come
                    await publisher.publish(world.topic(1), payload(number))
                    await publisher.publish(world.topic(2), payload(100 + number))
                await wait_until(
                    lambda: all(numbers(page)[-1:] == [3] for page in window.shown[:2])
                )
                await publisher.publish(world.topic(1), payload(4))
                await wait_until(
                    lambda: all(numbers(page)[-1:] == [4] for page in window.shown[:2])
                )
                await wait_until(lambda: all(window.shown[2:]))
    assert [numbers(page) for page in window.shown[:2]] == [[0, 1, 2, 3, 4]] * 2
    refused = ["refused", {"reason": "Invalid or expired token"}]
    assert window.shown[2:] == [[["closed", {}]], [refused]]
