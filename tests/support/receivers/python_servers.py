"""Servers that people write in Python: gunicorn, and the standard library's of HTTP/1.0."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.support.receivers.journal import Journal
from tests.support.receivers.served import Receiver, find_port

HERE = Path(__file__).parent


def make_gunicorn(folder: Path, worker: str) -> Receiver:
    """Make one; its workers end themselves after some requests, as many have it against leaks.

    Args:
        folder: Where it keeps its files.
        worker: `sync`, which closes each connection, or `gthread`, which keeps it for two seconds.
    """
    own = folder / f"gunicorn-{worker}"
    own.mkdir()
    port = find_port()
    journal = Journal.make(own / "journal")
    argv = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    argv += ["--workers", "2", "--worker-class", worker, "--threads", "8", "--keep-alive", "2"]
    argv += ["--max-requests", "60", "--max-requests-jitter", "30", "--graceful-timeout", "5"]
    argv += ["--worker-tmp-dir", str(own), "--chdir", str(own), "--no-control-socket"]
    argv += ["--config", f"python:{gunicorn_app}", "--env", f"JOURNAL={journal.path}"]
    argv += [f"{gunicorn_app}:take"]
    return Receiver(f"gunicorn {worker}", argv, port, journal, signal.SIGHUP)


gunicorn_app = "tests.support.receivers.gunicorn_app"


def make_http_1_0(folder: Path) -> Receiver:
    """Make one of `http.server`, which speaks HTTP/1.0 where nobody says otherwise."""
    own = folder / "http-server"
    own.mkdir()
    port = find_port()
    journal = Journal.make(own / "journal")
    argv = [sys.executable, str(HERE / "http_1_0_app.py"), str(port), str(journal.path)]
    return Receiver("http.server", argv, port, journal)
