"""nginx, as the distribution has it, with the settings that users have."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.support.receivers.journal import Journal
from tests.support.receivers.served import Receiver, environment_path, find_port

CONFIGURATION = """
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
  log_format journal 'answered $http_webhook_id $status';
  access_log {journal} journal;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  limit_req_zone $server_port zone=slow:64k rate=50r/s;
  limit_req_zone $server_port zone=busy:64k rate=50r/s;
  {more}
  server {{
    listen 127.0.0.1:{port} backlog=64;
    keepalive_timeout 1s;
    keepalive_requests 10;
    client_max_body_size 16k;
    location /hook {{ return 204; }}
    location /limited {{ limit_req zone=slow burst=5 nodelay; limit_req_status 429;
      try_files /nothing =204; }}
    location /busy {{ limit_req zone=busy burst=5 nodelay; limit_req_status 503;
      add_header Retry-After 1 always; try_files /nothing =204; }}
    location /read {{ proxy_pass http://127.0.0.1:{upstream}/hook; proxy_connect_timeout 1s; }}
  }}
}}
"""


def make_nginx(folder: Path, *, upstream: int = 9, more: str = "") -> Receiver:
    """Make one that keeps idle connections for a second, and ten requests at the most.

    Args:
        folder: Where it keeps its files.
        upstream: The port that `/read` leads to.
        more: Further settings.
    """
    found = shutil.which("nginx", path=environment_path())
    assert found is not None, "nginx is not installed: apt install nginx-light"
    own = folder / "nginx"
    own.mkdir()
    own.chmod(0o777)
    port = find_port()
    journal = Journal.make(own / "journal")
    configuration = own / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=own,
            journal=journal.path,
            port=port,
            upstream=upstream,
            more=more,
            user="user root;" if os.geteuid() == 0 else "",
        )
    )
    argv = [found, "-p", str(own), "-c", str(configuration)]
    return Receiver("nginx", argv, port, journal, signal.SIGHUP, signal.SIGQUIT)
