"""The standard library's server as it is: HTTP/1.0, a connection for each request."""

from __future__ import annotations

import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

JOURNAL: Final = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)


class Handler(BaseHTTPRequestHandler):
    """Takes webhooks, and writes them down."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        number = self.headers["webhook-id"]
        os.write(JOURNAL, f"taken {number}\n".encode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
        os.write(JOURNAL, f"answered {number} 200\n".encode())

    def log_message(self, *_args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Ends when what is under way is over."""

    daemon_threads = False
    request_queue_size = 64


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    )
    server.serve_forever(0.05)
    server.server_close()
