"""A receiver of webhooks that tells by the library of Standard Webhooks what is genuine.

Or by a script that defines `is_genuine`, the second argument. The first one is JSON, a list of
secrets: {"secret": "…", "is_raw": true}. A request to /n is judged by the nth of them: 204 when it
is genuine, 401 otherwise. It prints its port when it listens.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeAlias

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Judge: TypeAlias = Callable[[dict[str, str], bytes], bool]


def by_library(known: Mapping[str, Any], headers: dict[str, str], body: bytes) -> bool:
    secret: str = known["secret"]
    webhook = Webhook(secret.encode()) if known["is_raw"] else Webhook(secret)
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def judges(secrets: list[dict[str, Any]], script: str | None) -> list[Judge]:
    if script is None:
        return [partial(by_library, known) for known in secrets]
    defined: dict[str, Any] = {}
    exec(compile(Path(script).read_text(), script, "exec"), defined)
    return [partial(defined["is_genuine"], known["secret"]) for known in secrets]


def serve(found: list[Judge]) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(204 if found[int(self.path[1:])](headers, body) else 401)
            self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(judges(json.loads(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
