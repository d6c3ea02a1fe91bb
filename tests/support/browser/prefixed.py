"""A proxy that has put the router under a path of its own, as many installations have it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.apart import run_apart
from tests.support.receivers.nginx import make_nginx
from tests.support.receivers.served import find_port
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.waiting import wait_until

PREFIX = "/plant/3"
SERVER = """
  map $http_upgrade $upgraded {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{
      proxy_pass http://127.0.0.1:{upstream}/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgraded;
    }}
  }}
"""


@contextmanager
def open_prefix(upstream: int) -> Iterator[str]:
    """Run nginx before a router; give the router's address as it is there."""
    folder = make_reachable_folder("nginx")
    port = find_port()
    server = SERVER.format(port=port, upstream=upstream, prefix=PREFIX)
    nginx = make_nginx(Path(folder), more=server)
    process = subprocess.Popen(nginx.argv, stderr=subprocess.DEVNULL)
    try:
        run_apart(lambda: wait_until(lambda: _answers(port)))
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        process.terminate()
        process.wait()
        remove_folder(folder)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
