"""What gunicorn serves: it writes down what it takes, and, by a hook, what it has answered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any


def note(*words: object) -> None:
    """Write a line down, whole whatever other processes write."""
    journal = os.open(os.environ["JOURNAL"], os.O_WRONLY | os.O_APPEND)
    os.write(journal, (" ".join(map(str, words)) + "\n").encode())
    os.close(journal)


def take(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Take a webhook."""
    environ["wsgi.input"].read()
    note("taken", environ["HTTP_WEBHOOK_ID"])
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def post_request(_worker: object, _request: object, environ: dict[str, Any], answer: Any) -> None:
    """Hear of gunicorn that a request is over."""
    if "HTTP_WEBHOOK_ID" in environ and answer is not None and answer.headers_sent:
        note("answered", environ["HTTP_WEBHOOK_ID"], answer.status.split()[0])
